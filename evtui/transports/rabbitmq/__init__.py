"""RabbitMQ: one connection a broker and user, publishing with confirms."""
