"""The names a script may use and evtui runs."""

from typing import Final

FUNCTIONS: Final[frozenset[str]] = frozenset()
VARIABLES: Final[frozenset[str]] = frozenset()
"""Without the `$`."""
TRANSFORMATIONS: Final[frozenset[str]] = frozenset()
"""As `class.function`, such as `s.len`; a class alone, such as `re.subst`, is no exception."""
