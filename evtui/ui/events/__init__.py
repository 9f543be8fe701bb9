"""The catalogue of events."""
