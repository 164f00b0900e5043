"""The pipeline on Kafka: the same stages as Faust agents, exactly once. The only room that imports faust or aiokafka."""
