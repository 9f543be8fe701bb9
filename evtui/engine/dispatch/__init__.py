"""How a raise serves the subscribers of its event: dispatch plans, the raise itself, and raises that are held."""
