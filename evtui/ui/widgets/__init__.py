"""Widgets that several panes, forms or screens use."""
