"""What the console knows: the backend's state as it was read last, counts, what was dismissed, what to do next."""
