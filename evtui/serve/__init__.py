"""The doors through which others look at this process: the watch feed."""
