"""What this program saw itself of the deliveries of servers that keep no history of them."""
