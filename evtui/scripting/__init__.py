"""Routing scripts that run on an engine: the script language joined to events, SIP messages, settings and a log."""
