"""The check of scripts: what they do with events, and likely mistakes."""
