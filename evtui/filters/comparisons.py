"""The comparisons of the language: which names there are, and what each sign means for their values."""

import operator
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

from evtui.core.values import Params, Value
from evtui.filters.decisions import Decision, Negation, RecordTest, RowTest, TextTest
from evtui.filters.filter_values import FilterValue, duration, moment, number
from evtui.filters.record_facts import (
    KIND_WORDS,
    NO_SUBSCRIBERS,
    RecordFacts,
    RowFacts,
    outcome_word,
    reason_text,
    value_text,
)

Sign: TypeAlias = Literal["=", "~", "<", "<=", ">", ">="]
"""Of a comparison; `!=` and `!~` are the opposites of the first two."""

OUTCOMES: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "ok": frozenset({"sent", "acknowledged"}),
        **{
            word: frozenset({word})
            for word in (
                "sent", "acknowledged", "failed", "dropped", "queued", "retrying", "refused", "expired", NO_SUBSCRIBERS,
            )
        },
    }
)  # fmt: skip
"""The words for an outcome, and what each of them means."""

PARAMETER: Final = "attr."
"""What may stand before the name of a parameter; it must where the name is one of the language."""

NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "event": "the event",
        "to": "the socket of the subscriber",
        "outcome": "how the delivery stands",
        "latency": "from the raise to the answer: 5ms, 2s",
        "age": "how long ago: 10m, 2h",
        "time": "when: 14:05, 2026-11-29T14:05",
        "text": "all text of the line",
        "reason": "why it was not delivered, or the raise refused",
        "serial": "the number of the raise",
        "scheme": "the transport: udp, rabbitmq",
        "kind": "what happened",
        "mark": "what marked the row: hand, or a watch rule",
        "server": "the server of a fleet",
    }
)
"""The names of the language with what each stands for; any other name is a parameter of the event."""

SAME_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {"socket": "to", "subscriber": "to", "status": "outcome", "transport": "scheme"}
)
"""Other words for some of the names."""

_ORDERS: Final[Mapping[str, Callable[[float, float], bool]]] = MappingProxyType(
    {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
)


_NUMBERS: Final = (int, float)


def compare(name: str, sign: str, value: FilterValue, now: float, *, is_parameter: bool = False) -> Decision:
    """Make the test of a comparison. `is_parameter` says that the name is that of a parameter, whatever it is.

    `now` is the wall second that times of the day are read at. raises ValueError: the sign or the value does not fit.
    """
    if sign.startswith("!"):
        return Negation(compare(name, sign[1:], value, now, is_parameter=is_parameter))
    plain = "=" if sign == "==" else sign
    if is_parameter:
        return _parameter(name, plain, value)
    name = SAME_NAMES.get(name, name)
    if name.startswith(PARAMETER) and len(name) > len(PARAMETER):
        return _parameter(name.removeprefix(PARAMETER), plain, value)
    make = _COMPARISONS.get(name)
    return _parameter(name, plain, value) if make is None else make(plain, value, now)


def marked() -> Decision:
    """Make the test whether a row is marked: `mark=*`."""
    return _mark("=", FilterValue("*", 1, is_quoted=False), 0.0)


def word(value: FilterValue) -> Decision:
    """Make the test whether a word or a text in quotes occurs in a row. raises ValueError: it is too long."""
    is_one_word = not value.is_pattern and len(value.text.split()) == 1 and value.text.split()[0] == value.text
    return TextTest.of(value.within(), is_one_word=is_one_word)


def _event(sign: str, value: FilterValue, _: float) -> Decision:
    test = _text_test("event", sign, value)
    return RecordTest(lambda facts, _: test(facts.event))


def _kind(sign: str, value: FilterValue, _: float) -> Decision:
    _check_word(sign, value, KIND_WORDS)
    folded = FilterValue(value.text.casefold(), value.column, is_quoted=value.is_quoted)
    test = _text_test("kind", sign, folded)
    return RecordTest(lambda facts, _: test(facts.kind))


def _server(sign: str, value: FilterValue, _: float) -> Decision:
    test = _text_test("server", sign, value)
    return RecordTest(lambda facts, _: test(facts.server))


def _to(sign: str, value: FilterValue, _: float) -> Decision:
    test = _text_test("to", sign, value)
    return RowTest(lambda row: row.socket is not None and test(str(row.socket)))


def _scheme(sign: str, value: FilterValue, _: float) -> Decision:
    test = _text_test("scheme", sign, value)
    return RowTest(lambda row: row.socket is not None and test(row.socket.scheme))


def _outcome(sign: str, value: FilterValue, _: float) -> Decision:
    if sign == "=" and not value.is_pattern:
        _check_word(sign, value, OUTCOMES)
        wanted = OUTCOMES[value.text.casefold()]
        return RowTest(lambda row: outcome_word(row) in wanted, changes=True)
    test = _text_test("outcome", sign, value)
    return RowTest(lambda row: test(outcome_word(row)), changes=True)


def _reason(sign: str, value: FilterValue, _: float) -> Decision:
    test = _text_test("reason", sign, value)
    return RowTest(lambda row: _is_given(reason_text(row), test), changes=True)


def _is_given(text: str, test: Callable[[str], bool]) -> bool:
    return bool(text) and test(text)


def _mark(sign: str, value: FilterValue, _: float) -> Decision:
    test = _text_test("mark", sign, value)
    return RowTest(lambda row: _is_given(row.mark, test), changes=True)


def _text(sign: str, value: FilterValue, _: float) -> Decision:
    if sign != "~":
        raise ValueError("text compares with ~ and !~")
    return word(value)


def _latency(sign: str, value: FilterValue, _: float) -> Decision:
    order, seconds = _order("latency", sign), duration(value.text)

    def test(row: RowFacts) -> bool:
        return row.latency is not None and order(row.latency, seconds)

    return RowTest(test, is_of_subscriber=False, changes=True)


def _age(sign: str, value: FilterValue, _: float) -> Decision:
    order, seconds = _order("age", sign), duration(value.text)
    return RecordTest(lambda facts, now: order(now - facts.record.at, seconds), seconds)


def _time(sign: str, value: FilterValue, now: float) -> Decision:
    order, then = _order("time", sign), moment(value.text, now)
    return RecordTest(lambda facts, _: order(facts.record.at, then))


def _serial(sign: str, value: FilterValue, _: float) -> Decision:
    wanted = number(value.text)
    if wanted is None or sign == "~":
        raise ValueError("serial compares with =, !=, <, <=, > and >= to a number")
    if sign == "=":
        return RecordTest(lambda facts, _: facts.serial == wanted)
    order, limit = _ORDERS[sign], wanted
    return RecordTest(lambda facts, _: (serial := facts.serial) is not None and order(serial, limit))


_COMPARISONS: Final[Mapping[str, Callable[[str, FilterValue, float], Decision]]] = MappingProxyType(
    {
        "event": _event, "to": _to, "outcome": _outcome, "latency": _latency, "age": _age, "time": _time,
        "text": _text, "reason": _reason, "serial": _serial, "scheme": _scheme, "kind": _kind, "server": _server,
        "mark": _mark,
    }
)  # fmt: skip


def _parameter(name: str, sign: str, value: FilterValue) -> Decision:
    test = _value_test(sign, value)

    def has(facts: RecordFacts, _: float) -> bool:
        params = facts.params
        names = params.names
        if names and names.count(name) == 1:  # the usual case, without a list
            return test(params.values[names.index(name)])
        return any(test(found) for found in values_of(params, name))

    return RecordTest(has)


def values_of(params: Params, name: str) -> Iterable[Value]:
    """Return the values of a parameter by its name; where none has a name, by its place from 1."""
    if not params.names:
        place = int(name) if name.isascii() and name.isdigit() and len(name) < 6 else 0
        return params.values[place - 1 : place] if place else ()
    if name not in params.names:
        return ()
    return [value for own, value in zip(params.names, params.values, strict=True) if own == name]


def _value_test(sign: str, value: FilterValue) -> Callable[[Value], bool]:
    wanted = number(value.text)
    if sign in _ORDERS:
        if wanted is None:
            raise ValueError(f"{sign} compares numbers: this is not one")
        order, limit = _ORDERS[sign], wanted
        return lambda found: (read := _as_number(found)) is not None and order(read, limit)
    if sign == "~":
        within = value.within()
        return lambda found: within(value_text(found).casefold())
    same = value.same()
    if wanted is None or value.is_quoted:
        return lambda found: same(value_text(found))
    # Only a number is equal to a number that is written in another way: 0049 as a text is not 49.
    return lambda found: found == wanted if isinstance(found, _NUMBERS) else same(value_text(found))


def _as_number(value: Value) -> float | None:
    return number(value) if isinstance(value, str) else value


def _text_test(name: str, sign: str, value: FilterValue) -> Callable[[str], bool]:
    if sign == "=":
        return value.same()
    if sign == "~":
        within = value.within()
        return lambda text: within(text.casefold())
    raise ValueError(f"{name} compares with =, !=, ~ and !~")


def _order(name: str, sign: str) -> Callable[[float, float], bool]:
    order = _ORDERS.get(sign)
    if order is None:
        raise ValueError(f"{name} compares with <, <=, > and >=")
    return order


def _check_word(sign: str, value: FilterValue, words: Iterable[str]) -> None:
    """Refuse a word that is none of those that there are."""
    known = list(words)
    if sign != "=" or value.is_pattern or value.text.casefold() in known:
        return
    # On first use: only a wrong word needs it.
    import difflib

    close = difflib.get_close_matches(value.text.casefold(), known, 1)
    hint = f"did you mean {close[0]}?" if close else f"it is one of {', '.join(known)}"
    raise ValueError(f"unknown word: {hint}")
