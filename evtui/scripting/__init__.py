"""Routing scripts at work: what the script language asks for, tied to an engine."""
