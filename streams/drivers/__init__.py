"""Drivers interpret the topology: embedded (one process) and, with its issue, Kafka."""
