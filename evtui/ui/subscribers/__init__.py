"""The subscribers and their countdowns."""
