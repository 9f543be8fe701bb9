"""The dialects: the rules by which scripts run, where versions of OpenSIPS differ (docs/opensips-behaviour.md 5.9).

A dialect is chosen when a script is loaded. The compiler asks it and makes other closures for another answer, so that
a run costs the same in each.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from evtui.core.known_versions import ScriptVersion


@dataclass(frozen=True, slots=True)
class Dialect:
    """The rules of one version. The defaults are those of 3.6."""

    version: ScriptVersion
    compounds_assign: bool = False
    """`$var(x) += 1` sets x to 1: `+=` and the like only assign."""
    failures_are_errors: bool = False
    """A transformation of a text that has not its form is an error, and an empty text in a format; else it is NULL.

    A part that such a text may leave out is NULL in all versions.
    """
    failing_variables: frozenset[str] = frozenset()
    """Variables that are an error, and an empty text in a format, where other dialects have NULL."""
    live_arguments: bool = False
    """`$param(1)` of a route reads the argument at that moment; else the value that it had at the call."""
    literal_texts: bool = False
    """The name of an event in `raise_event`, and a text for the Request-URI or the destination, keep their `$`."""
    breaks_set_code: bool = True
    """`break` sets `$rc` to -5; else it is the code of the statement before."""
    assigns_from_end: bool = True
    """`$(avp(x)[-1]) = …` replaces the oldest value; else a negative index is an error."""
    xlog_has_level: bool = True
    """`xlog` has a level of its own, `xlog_level`, and writes NOTICE without one; else the log level decides, and ERR.
    """
    publishes_subscribed: bool = True
    """`subscribe_event` publishes the event that it names."""
    json_wraps: bool = True
    """An integer of `$json` beyond 32 bits prints as written and wraps as a value; else the nearest of 32 bits is read.
    """
    has_early_uris: bool = False
    """A port above 65535 is one, whose lowest 16 bits count as a number; URNs of NENA are unknown."""
    compares_clock_rates: bool = False
    """`codec_exists("PCMU", "16000")` compares the rate, and so do the functions that delete and move codecs."""
    other_codes: Mapping[str, Mapping[int, int]] = field(default_factory=dict[str, Mapping[int, int]])
    """Functions that do the same and return another code for one of 3.6."""
    max_turns: int = 10_000
    """Turns after which a `while` ends, unless `max_while_loops` says otherwise."""


_DIALECTS: Final = {
    "2.4": Dialect(
        "2.4",
        compounds_assign=True,
        failures_are_errors=True,
        failing_variables=frozenset({"rr_params"}),
        live_arguments=True,
        literal_texts=True,
        breaks_set_code=False,
        assigns_from_end=False,
        xlog_has_level=False,
        publishes_subscribed=False,
        json_wraps=False,
        has_early_uris=True,
        compares_clock_rates=True,
        other_codes={"get_timestamp": {1: -5}, "script_trace": {1: -5}},
        max_turns=100,
    ),
    "3.6": Dialect("3.6"),
    "4.0": Dialect("4.0", other_codes={"is_audio_on_hold": {2: 1}}),
}
DEFAULT: Final = _DIALECTS["3.6"]


def dialect_of(version: ScriptVersion) -> Dialect:
    """Return the dialect of a version."""
    return _DIALECTS[version]
