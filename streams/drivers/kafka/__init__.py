"""The pipeline on Kafka: the same stages as Faust agents, exactly once. Only this room imports faust or aiokafka."""
