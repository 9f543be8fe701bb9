"""The check of scripts: their use of events, names that evtui does not run, and likely mistakes."""
