"""Findings about what OpenSIPS does not start with; many of one file that old versions took become one."""

from collections.abc import Collection, Iterable, Iterator
from typing import Final

from evtui.script.check.findings import Finding
from evtui.script.syntax.expressions import BareWord, Expression, Place

TRUTH_NUMBERS: Final = frozenset({"yes", "no", "on", "off", "true", "false", "enable", "disable"})
"""Words that OpenSIPS reads as numbers wherever a number can stand."""
_OLD: Final = "refused-since-3"
MOST_OLD: Final = 5
"""How many findings of one file about the spelling of old versions are shown one by one."""


def refused(place: Place, why: str) -> Finding:
    """Return the finding that OpenSIPS does not start with what stands at a place."""
    return Finding(place, "warning", "refused", f"OpenSIPS does not start with this: {why}")


def refused_since_3(place: Place, why: str) -> Finding:
    """Return the finding that 3.0 and later do not start with it; earlier versions may."""
    return Finding(place, "warning", _OLD, f"OpenSIPS 3 does not start with this: {why}")


def is_number_word(value: Expression | None) -> bool:
    """Return whether a value is a word that stands for a number."""
    return isinstance(value, BareWord) and value.value in TRUTH_NUMBERS


def shown_refusals(findings: Collection[Finding], *, is_old: bool) -> Iterator[Finding]:
    """Yield findings; of the many about the spelling of old versions in a file only the first, with their number.

    None of them is yielded when the files are read by the rules of 2.4 (`is_old`). A place with a
    finding about the version that was asked for needs no other.
    """
    told = {finding.place for finding in findings if finding.code == "other-version"}
    return _collapsed(finding for finding in findings if finding.code != _OLD or not (is_old or finding.place in told))


def _collapsed(findings: Iterable[Finding]) -> Iterator[Finding]:
    old: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.code == _OLD:
            old.setdefault(finding.place.file, []).append(finding)
        else:
            yield finding
    for found in old.values():
        found.sort(key=lambda finding: (finding.place.line, finding.place.column))
        if len(found) <= MOST_OLD:
            yield from found
            continue
        lines = len({finding.place.line for finding in found})
        text = f"{found[0].text}. {lines} lines of this file are written for earlier versions: --as 2.4 reads them so"
        yield Finding(found[0].place, "warning", _OLD, text)
