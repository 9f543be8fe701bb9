"""Any text is a filter or is refused with a column; any filter decides as its parts, written out, say."""

from dataclasses import dataclass

from hypothesis import example, given
from hypothesis import strategies as st

from evtui.core.errors import BadFilterError
from evtui.core.values import MAX_EVENT_NAME
from evtui.filters.filter_suggestions import suggest
from evtui.filters.filter_values import quoted, unquoted
from evtui.filters.parse_filter import LONGEST, parse_filter
from evtui.filters.record_facts import RecordFacts, RowFacts, rows_of
from tests.unit.filters.filter_records import NOW, RECORDS, raised

WORDS = ("pike", "e_call", "dropped", "zebra", "9000")
COMPARISONS = (
    "event=E_CALL", "event~pike", "to=udp:*", "outcome=ok", "outcome=queued", "latency>1ms", "age<1m", "count>=3",
    "count=7", "reason~refused", "kind=raised", 'text~"count=3"', "serial<9", "ip!=203.0.113.9",
)  # fmt: skip
PIECES = st.sampled_from(
    (*WORDS, *COMPARISONS, "and", "or", "not", "(", ")", '"', "\\", "=", "~", ">=", "!", "*", "[", " ", "\n", "\udc80")
)


@dataclass(frozen=True)
class Written:
    """A filter as it is written, and how it is made: `not`, `and` or `or` of parts, or, empty, of itself."""

    text: str
    joined: str = ""
    parts: tuple["Written", ...] = ()

    def shows(self, row: RowFacts) -> bool:
        match self.joined:
            case "not":
                return not self.parts[0].shows(row)
            case "and":
                return all(part.shows(row) for part in self.parts)
            case "or":
                return any(part.shows(row) for part in self.parts)
            case _:
                return parse_filter(self.text, NOW).shows_row(row, NOW)


def written(depth: int) -> st.SearchStrategy[Written]:
    """A filter of one test, or of smaller ones joined."""
    lone = st.sampled_from((*WORDS, *COMPARISONS)).map(Written)
    if not depth:
        return lone
    inner = written(depth - 1)
    several = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        lone,
        inner.map(lambda part: Written(f"not ({part.text})", "not", (part,))),
        several.map(lambda parts: Written(" ".join(f"({part.text})" for part in parts), "and", parts)),
        several.map(lambda parts: Written(" AND ".join(f"({part.text})" for part in parts), "and", parts)),
        several.map(lambda parts: Written(f"({' or '.join(part.text for part in parts)})", "or", parts)),
    )


@given(written(3))
def test_a_filter_decides_as_its_parts_do(made: Written) -> None:
    wanted = parse_filter(made.text, NOW)
    for record in RECORDS.values():
        facts = RecordFacts(record)
        reduced = wanted.reduce(facts, NOW)
        for row in rows_of(facts):
            right = made.shows(row)
            assert wanted.shows_row(row, NOW) is right
            assert (reduced if isinstance(reduced, bool) else reduced.shows(row, NOW)) is right


@given(st.one_of(st.text(), st.lists(PIECES).map("".join), st.lists(PIECES).map(" ".join)))
@example("(" * 600 + "a" + ")" * 600)
@example("not " * 400 + "a")
@example("not (a " * 200)
@example('"' + "\\" * 999)
@example("time>0001-01-01")
@example("age<999999999999d")
def test_any_text_is_a_filter_or_is_refused_with_a_column(text: str) -> None:
    column = None
    try:
        wanted = parse_filter(text, NOW)
    except BadFilterError as error:
        column = error.column
    else:
        for record in RECORDS.values():
            wanted.shows(record, NOW)
    assert column is None or 1 <= column <= max(1, min(len(text), LONGEST) + 1)


@given(st.text(min_size=1, max_size=MAX_EVENT_NAME))
@example("and")
@example('"')
@example("a*[b]?\\")
@example("= (x)")
def test_a_quoted_value_stands_for_itself_alone(text: str) -> None:
    wanted = parse_filter(f"event={quoted(text)}", NOW)
    assert wanted.shows(raised(text), NOW)
    assert not wanted.shows(raised(text + "x"), NOW)
    shown = quoted(text)
    assert shown == text or unquoted(shown) == text


@given(st.lists(PIECES).map("".join), st.integers(0, 30))
def test_what_is_suggested_can_be_written(text: str, cursor: int) -> None:
    cursor = min(cursor, len(text))
    for each in suggest(text, cursor, list(RECORDS.values())):
        assert 0 <= each.begin <= cursor
        if each.text not in {"not", "and", "or"} and each.text[-1] not in "=<>~":
            parse_filter(each.text, NOW)
