"""Outboxes: a bounded queue for each destination that is not served in place, and its delivery."""
