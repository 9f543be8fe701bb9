"""Files that outlive the process: the spool of notifications that wait, and the state file of subscriptions."""
