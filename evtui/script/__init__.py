"""The routing-script language, sans-IO: syntax to tree, checks of the tree, and a compiler to Python closures."""
