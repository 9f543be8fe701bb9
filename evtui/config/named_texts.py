"""Checks the filters and the watch rules of the configuration, so that a wrong one is told at the start."""

from collections.abc import Callable, Mapping

from evtui.core.errors import BadFilterError, BadSettingError

_NOW = 0.0
"""When a filter is only checked, any time is as good as another."""


def check_named(filters: Mapping[str, str], rules: Mapping[str, str], origin: Callable[[str], str]) -> None:
    """Check filters and rules by their names; `origin` says where a setting comes from.

    raises BadSettingError: which one is wrong, and at which column.
    """
    if not filters and not rules:
        return
    # On first use: without filters and rules lark is not loaded.
    from evtui.filters.parse_filter import parse_filter
    from evtui.filters.rules.parse_rule import parse_rule
    from evtui.filters.rules.rule_set import MAX_RULES

    _check("filters", filters, parse_filter, origin)
    _check("rules", rules, parse_rule, origin)
    if len(rules) > MAX_RULES:
        raise BadSettingError("rules", f"{len(rules):,} rules: there are at most {MAX_RULES}", origin("rules"))


def _check(
    setting: str, texts: Mapping[str, str], parse: Callable[[str, float], object], origin: Callable[[str], str]
) -> None:
    for name, text in texts.items():
        try:
            parse(text, _NOW)
        except BadFilterError as error:
            raise BadSettingError(f"{setting}.{name}", str(error), origin(setting)) from error
