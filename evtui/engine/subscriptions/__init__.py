"""The active subscriptions: by socket and event, with their deadlines, what is saved of them, and their bounds."""
