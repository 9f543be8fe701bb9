"""What stands behind the sign of a comparison: texts with wildcards, numbers, durations and times."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from evtui.core.values import is_wildcard
from evtui.core.wildcards import MAX_WILDCARD, matches

_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]{1,18}(?:\.[0-9]{0,18})?|\.[0-9]{1,18})(?:[eE][+-]?[0-9]{1,3})?")
_DURATION: Final = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,9})?)(us|µs|μs|ms|s|min|m|h|d)")
_CLOCK: Final = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,6}))?)?")
_UNITS: Final = {
    "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0,
}  # fmt: skip
_LONGEST_NUMBER: Final = 48


class FilterValue:
    """A value as it was written; in quotes it stands for itself, else `*` and `?` are wildcards."""

    __slots__ = ("column", "is_quoted", "text")

    def __init__(self, text: str, column: int, *, is_quoted: bool) -> None:
        self.text = text
        self.column = column
        """Where it begins in the filter, from 1."""
        self.is_quoted = is_quoted

    @property
    def is_pattern(self) -> bool:
        """Say whether it has wildcards."""
        return not self.is_quoted and is_wildcard(self.text)

    def same(self) -> Callable[[str], bool]:
        """Return the test whether a text is this one, with upper and lower case apart.

        raises ValueError: it has wildcards and is too long.
        """
        if not self.is_pattern:
            return self.text.__eq__
        pattern = _checked(_literal_brackets(self.text))
        return lambda text: matches(text, pattern)

    def within(self) -> Callable[[str], bool]:
        """Return the test whether a case folded text has this one in it.

        raises ValueError: it has wildcards and is too long.
        """
        folded = self.text.casefold()
        if not self.is_pattern:
            return lambda text: folded in text
        pattern = _checked(f"*{_literal_brackets(folded)}*")
        return lambda text: matches(text, pattern)


def number(text: str) -> float | None:
    """Read a number; None when a text is none. A whole number is exact."""
    if len(text) > _LONGEST_NUMBER or not _NUMBER.fullmatch(text):
        return None
    return int(text) if text.lstrip("+-").isdigit() else float(text)


def duration(text: str) -> float:
    """Read a duration as seconds: a number with the unit us, ms, s, m, h or d.

    raises ValueError.
    """
    if text == "0":
        return 0.0
    read = _DURATION.fullmatch(text)
    if read is None:
        raise ValueError("a duration is a number with its unit: 250us, 5ms, 2s, 10m, 1h, 1d")
    return float(read[1]) * _UNITS[read[2]]


def moment(text: str, now: float) -> float:
    """Read a time as wall seconds: `14:05`, `14:05:30.5`, the last time that the clock showed it before `now`, or a
    date as ISO 8601 writes it, `2026-11-29T14:05`. All are local unless a date says its offset.

    raises ValueError.
    """
    today = datetime.fromtimestamp(now).astimezone()
    clock = _CLOCK.fullmatch(text)
    try:
        if clock is None:
            return datetime.fromisoformat(text).astimezone().timestamp()
        hour, minute, second = int(clock[1]), int(clock[2]), int(clock[3] or 0)
        then = datetime(today.year, today.month, today.day, hour, minute, second, int((clock[4] or "").ljust(6, "0")))  # noqa: DTZ001 - local, as the clock of the host shows it
        if then.timestamp() > now:
            then -= timedelta(days=1)
        return then.timestamp()
    except (ValueError, OverflowError, OSError) as error:
        raise ValueError("a time is 14:05, 14:05:30 or 2026-11-29T14:05") from error


def quoted(text: str) -> str:
    """Write a text so that it stands for itself in a filter: in quotes where they are needed."""
    if _PLAIN.fullmatch(text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def unquoted(text: str) -> str:
    """Read a text in quotes; a backslash lets the character behind it stand for itself."""
    return _ESCAPED.sub(r"\1", text[1:-1])


_PLAIN: Final = re.compile(r"""[^\s()"*?=~<>!][^\s()"*?]*""")
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)


def _literal_brackets(text: str) -> str:
    """Write a pattern in which square brackets stand for themselves, as in the address of IPv6."""
    return text.replace("[", "[[]")


def _checked(pattern: str) -> str:
    if len(pattern) > MAX_WILDCARD:
        raise ValueError(f"a value with wildcards has at most {MAX_WILDCARD} characters; one in quotes may be longer")
    return pattern
