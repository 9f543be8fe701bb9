"""Kafka: records acknowledged by the leader of their partition."""
