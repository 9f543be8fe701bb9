"""What client commands do with several servers."""
