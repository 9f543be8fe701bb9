"""The detail of what is selected."""
