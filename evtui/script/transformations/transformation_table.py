"""The table of all transformations, by class and name."""

from collections.abc import Mapping
from typing import Final

from evtui.script.runtime.patterns import substitute
from evtui.script.runtime.script_values import ScriptFault, Value
from evtui.script.transformations.ip_addresses import ADDRESSES
from evtui.script.transformations.lists import LISTS
from evtui.script.transformations.nameaddrs import NAMEADDRS, VIAS
from evtui.script.transformations.param_lists import PARAMS
from evtui.script.transformations.sdp import SDP
from evtui.script.transformations.strings import STRINGS
from evtui.script.transformations.transformation import Transforms
from evtui.script.transformations.uris import URIS


def _subst(text: str, parameters: tuple[str, ...]) -> Value:
    """`{re.subst,/pattern/replacement/flags}`, whose parts may hold commas.

    Any character may stand in the place of `/`; `\\/` is a `/` within a part.
    """
    order = ",".join(parameters).strip()
    delimiter, parts, current, at = order[:1], list[str](), "", 1
    while at < len(order):
        character = order[at]
        if character == "\\" and at + 1 < len(order):
            at += 1
            current += order[at] if order[at] == delimiter else "\\" + order[at]
        elif character == delimiter:
            parts.append(current)
            current = ""
        else:
            current += character
        at += 1
    if len(parts) != 2:
        raise ScriptFault(f"re.subst: /pattern/replacement/flags, not {order[:60]!r}")
    return substitute(parts[0], parts[1], text, current)


TRANSFORMS: Final[Mapping[str, Transforms]] = {
    "s": STRINGS,
    "uri": URIS,
    "param": PARAMS,
    "csv": LISTS,
    "ip": ADDRESSES,
    "nameaddr": NAMEADDRS,
    "via": VIAS,
    "sdp": SDP,
    "re": {"subst": _subst},
}
"""Function by class and name."""
