"""The commands of the management interface."""
