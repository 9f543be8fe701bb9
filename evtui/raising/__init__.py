"""Raising by hand and by command: what is raised, how often, from where, and how it is kept and shared."""
