"""The filters of the stream: typed, chosen from a list, saved."""
