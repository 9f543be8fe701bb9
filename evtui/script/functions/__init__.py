"""The functions that scripts can call."""
