"""The names that scripts can use here, read from the tables that run them."""

from typing import Final

from evtui.script.functions import function_table, proxy_functions
from evtui.script.transformations.transformation_table import TRANSFORMS
from evtui.script.variables import variable_table

FUNCTIONS: Final[frozenset[str]] = frozenset(function_table.FUNCTIONS)
"""Functions that can be called; those in IDLE have no effect."""
IDLE: Final[frozenset[str]] = frozenset(
    {*proxy_functions.PROXY_FUNCTIONS, *(f"${name}" for name in variable_table.NULL_VARIABLES)}
)
"""Functions without effect, and variables, with their `$`, that are always NULL."""
VARIABLES: Final[frozenset[str]] = frozenset({*variable_table.PLAIN_VARIABLES, *variable_table.VARIABLE_FAMILIES})
"""Names of variables, without the `$`."""
TRANSFORMATIONS: Final[frozenset[str]] = frozenset(
    {"s.eval", *(f"{kind}.{name}" for kind, names in TRANSFORMS.items() for name in names)}
)
"""Names as `class.function`, such as `s.len`."""
