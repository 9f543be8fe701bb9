"""What a compiled script works with when it runs."""
