"""A topic of a Kafka cluster as a source: what servers publish there is shown."""
