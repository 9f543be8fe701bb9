"""What survives a restart: subscriptions in the state file, notifications in the spool; what is lost is reported."""
