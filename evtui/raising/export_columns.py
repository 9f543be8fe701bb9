"""The names of the columns of an export in CSV."""

from typing import Final

EXPORT_COLUMNS: Final = (
    "time", "event", "subscriber", "serial", "codec", "outcome", "latency", "attempt", "error", "news", "mark",
)  # fmt: skip
"""The first columns of an export; those of the attributes stand behind them."""

PARAM: Final = "param."
"""What the name of an attribute's column begins with; `param.1` is the first value without a name."""

OTHERS: Final = "other params"
"""The column of the attributes that have none of their own, as a JSON object."""

SERVER: Final = "server"
"""The column of the servers of a fleet; a table of one server has none."""
