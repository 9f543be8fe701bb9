"""The form that raises an event by hand."""
