"""The table of all transformations, by class and name, in lower case."""

from collections.abc import Mapping, Sequence
from typing import Final

from evtui.script.runtime.script_values import ScriptFault, Value
from evtui.script.syntax.expressions import Transformation, Variable
from evtui.script.syntax.format_strings import parse_variable
from evtui.script.syntax.script_errors import ScriptError
from evtui.script.transformations.ip_addresses import ADDRESSES
from evtui.script.transformations.lists import LISTS
from evtui.script.transformations.nameaddrs import NAMEADDRS, VIAS
from evtui.script.transformations.param_lists import PARAMS
from evtui.script.transformations.sdp import SDP
from evtui.script.transformations.strings import STRINGS
from evtui.script.transformations.substitutions import compiled_order, parse_substitution, substituted
from evtui.script.transformations.transformation import (
    Argument,
    ParameterKind,
    TransformRule,
    Transforms,
    is_unchanged,
    written_argument,
)
from evtui.script.transformations.uris import EARLY_URIS, URIS


def _subst(text: str, arguments: Sequence[Argument]) -> Value:
    """Work for an order without variables; the compiler does the work for others."""
    order = parse_substitution(str(arguments[0]))
    if any(isinstance(piece, Variable) for piece in order.replacement):
        raise ScriptFault("re.subst: the variables of the replacement have no values here")
    replacement = [piece for piece in order.replacement if not isinstance(piece, Variable)]
    return substituted(compiled_order(order), replacement, text, every="g" in order.flags)


TRANSFORMS: Final[Mapping[str, Transforms]] = {
    "s": STRINGS,
    "uri": URIS,
    "param": PARAMS,
    "csv": LISTS,
    "ip": ADDRESSES,
    "nameaddr": NAMEADDRS,
    "via": VIAS,
    "sdp": SDP,
    "re": {"subst": TransformRule(_subst, (ParameterKind.ORDER,), 0, is_unchanged)},
}
"""Rule by class and name."""


def rule_of(transformation: Transformation, *, early: bool = False) -> TransformRule | None:
    """Return the rule of a transformation, whose name may be written in any case; None when there is none.

    With `early` URIs are read as in 2.4.
    """
    kind, name = transformation.kind.lower(), transformation.name.lower()
    rules = EARLY_URIS if early and kind == "uri" else TRANSFORMS.get(kind, {})
    return rules.get(name)


def refusal(transformation: Transformation) -> str | None:
    """Return why the server does not start with the parameters of a transformation; None when it does."""
    rule = rule_of(transformation)
    if rule is None:
        return None
    try:
        arguments = written_arguments(rule, transformation.parameters)
        for argument, text in zip(arguments, transformation.parameters, strict=False):
            if argument is None:
                parse_variable(text.strip())
    except ScriptFault as fault:
        return str(fault)
    except ScriptError as error:
        return error.reason
    return None


def written_arguments(rule: TransformRule, parameters: Sequence[str]) -> list[Argument | None]:
    """Return the arguments of a rule as they are written, None for variables; further ones are ignored.

    A text of blanks with another parameter behind it is the comma between them.

    raises ScriptFault: the server does not start with these parameters.
    """
    if len(parameters) < len(rule.kinds) - rule.optional:
        raise ScriptFault(f"parameter {len(parameters) + 1}, {rule.kinds[len(parameters)].value}, is missing")
    last = len(parameters) - 1
    return [
        written_argument(kind, text) if place == last or text.strip() or kind is not ParameterKind.TEXT else ","
        for place, (kind, text) in enumerate(zip(rule.kinds, parameters, strict=False))
    ]
