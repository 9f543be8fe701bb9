"""What outlives the process: letters that wait, and subscriptions."""
