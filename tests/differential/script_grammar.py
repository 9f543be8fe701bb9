"""The grammar of random scripts: most are legal, and each prints what it has computed. `#` is the number of the case.

A case is a `start`, which gives the variables values, and a `script`.
"""

import json
from pathlib import Path
from typing import Final, cast

from tests.differential.script_trees import Grammar

_KINDS: Final = cast(
    "dict[str, list[str]]", json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
)
STATEMENTS: Final[Grammar] = {kind: tuple(alternatives) for kind, alternatives in _KINDS.items()}
ROUTE: Final = 'route[r] { xlog("= r $param(1) $param(2)\\n"); return(2); }'
"""The route that random scripts call."""
