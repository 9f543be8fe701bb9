"""The Statistics screen: charts of the last minutes, and the events, subscribers and queues that stand out."""
