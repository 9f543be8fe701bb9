"""The backend that consumes what servers publish to RabbitMQ."""
