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
ROUTES: Final = """\
route[r] { xlog("= r $param(1) $param(2)\\n"); return(2); }
route[back] { xlog("= back $param(1)\\n"); return(3, $param(1), "two", 5); }
route[code] {
    if ($param(1) == 7) return(-2);
    if ($param(1) == "a") return;
    if ($param(1) == NULL) return(5);
    xlog("= code\\n");
}
route[deep] {
    if ($param(2) == 0) { $var(deep) = $param(1); return(9); }
    $var(deep_n) = $param(2) - 1;
    route(deep, $param(1), $var(deep_n));
}
"""
"""The routes that random scripts call."""
