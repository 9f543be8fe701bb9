"""Viewers: the marks of their subscriptions, and their sessions at the doors."""
