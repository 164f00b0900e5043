"""The whole pipeline in one process: files or stdin in, reports out, state in SQLite."""
