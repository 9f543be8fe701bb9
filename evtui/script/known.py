"""The names a script may use and evtui runs, taken from the tables that run them."""

from typing import Final

from evtui.script import functions, functions_idle, variables
from evtui.script.transformations.table import TRANSFORMS

FUNCTIONS: Final[frozenset[str]] = frozenset(functions.FUNCTIONS)
"""What a call does not stumble over; those in IDLE do nothing here."""
IDLE: Final[frozenset[str]] = frozenset(
    {*functions_idle.IDLE, *(f"${name}" for name in (*variables.DIALOG, "dlg_val"))}
)
"""Functions that do nothing here, and variables, with their `$`, that are always NULL."""
VARIABLES: Final[frozenset[str]] = frozenset({*variables.PLAIN, *variables.FAMILIES})
"""Without the `$`."""
TRANSFORMATIONS: Final[frozenset[str]] = frozenset(
    {"s.eval", *(f"{kind}.{name}" for kind, names in TRANSFORMS.items() for name in names)}
)
"""As `class.function`, such as `s.len`."""
