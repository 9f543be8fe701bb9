"""What is kept over a restart: subscriptions in the state file, notifications in the spool."""
