"""The words of the pipeline: messages, ids, times, topics, metrics, errors. Imports nothing of ours."""
