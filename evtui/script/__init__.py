"""The routing-script language, sans-IO: text to tree, tree to findings, tree to something that runs."""
