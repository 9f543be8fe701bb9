"""The transformations `{class.name,…}` as pure functions, one module a class."""
