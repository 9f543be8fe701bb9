"""The event engine: catalogue, subscriptions, fan-out and journal."""
