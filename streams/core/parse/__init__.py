"""Text to crash: reassembly of records from lines, and the traceback parser. Never raises on any text."""
