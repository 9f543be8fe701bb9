"""What `{class.name,…}` makes of a value: pure functions, one file a class."""
