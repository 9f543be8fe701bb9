"""What outlives the process: notifications that wait, and subscriptions."""
