"""What happened to subscriptions, and what became of raises: kept and told."""
