"""The parts that a filter is made of, and how they decide.

A record may have many rows, one for each subscriber of a raise. So a decision is made in two steps. `reduce` looks at
what all rows share: it says whether the record's rows are shown, all or none, or returns what is still to be asked of
each row. `shows` answers that for one row. Both are linear in the text that they look at.
"""

from collections.abc import Callable, Iterator
from typing import Final, Protocol, TypeAlias

from msgspec import Struct

from evtui.core.records import Record
from evtui.filters.record_facts import RecordFacts, RowFacts, own_text, row_text, rows_of


class Decision(Protocol):
    """A part of a filter."""

    def reduce(self, facts: RecordFacts, now: float) -> "bool | Decision":
        """Decide about all rows of a record at wall second `now`, or return what each row has to be asked."""
        ...

    def shows(self, row: RowFacts, now: float) -> bool:
        """Decide about one row."""
        ...

    def tests(self) -> Iterator["SingleTest"]:
        """Walk the tests that it is made of."""
        ...


class RecordTest(Struct, frozen=True, eq=False):
    """A test of what all rows share."""

    test: Callable[[RecordFacts, float], bool]
    age: float | None = None
    """The age in seconds at which a record begins or ceases to pass; None when its answer stays."""

    def reduce(self, facts: RecordFacts, now: float) -> bool:
        """Decide about all rows."""
        return self.test(facts, now)

    def shows(self, row: RowFacts, now: float) -> bool:
        """Decide about one row."""
        return self.test(row.facts, now)

    def tests(self) -> Iterator["SingleTest"]:
        """Return itself."""
        yield self


class RowTest(Struct, frozen=True, eq=False):
    """A test of what one row has of its own."""

    test: Callable[[RowFacts], bool]
    is_of_subscriber: bool = True
    """Whether all raises with the same subscribers pass alike while no delivery failed or is queued."""
    changes: bool = False
    """Whether the answer may change when a delivery is settled or tried again."""

    def reduce(self, facts: RecordFacts, now: float) -> "RowTest":  # noqa: ARG002 - other parts need them
        """Ask each row."""
        return self

    def shows(self, row: RowFacts, now: float) -> bool:  # noqa: ARG002 - other parts need it
        """Decide about one row."""
        return self.test(row)

    def tests(self) -> Iterator["SingleTest"]:
        """Return itself."""
        yield self


class TextTest(Struct, frozen=True, eq=False):
    """A test whether a text occurs in a row: mostly what all rows share is enough to know."""

    test: Callable[[str], bool]
    """Of a case folded text. A text that has a part which passes passes too."""
    rest: RowTest
    """What each row is asked when what they share does not pass."""

    @classmethod
    def of(cls, test: Callable[[str], bool], *, is_one_word: bool) -> "TextTest":
        """Make the test; one word cannot begin in what the rows share and end in what a row has of its own."""
        if is_one_word:
            return cls(test, RowTest(lambda row: test(own_text(row)), changes=True))
        return cls(test, RowTest(lambda row: test(row_text(row)), is_of_subscriber=False, changes=True))

    def reduce(self, facts: RecordFacts, now: float) -> "bool | RowTest":  # noqa: ARG002 - other parts need it
        """Decide by what all rows share, or ask each row."""
        return True if self.test(facts.text) else self.rest

    def shows(self, row: RowFacts, now: float) -> bool:  # noqa: ARG002 - other parts need it
        """Decide about one row."""
        return self.test(row_text(row))

    def tests(self) -> Iterator["SingleTest"]:
        """Return the test that each row is asked."""
        yield self.rest


SingleTest: TypeAlias = RecordTest | RowTest

_NOTHING: Final[tuple[Decision, ...]] = ()


class Negation(Struct, frozen=True):
    """The opposite of a part."""

    part: Decision

    def reduce(self, facts: RecordFacts, now: float) -> "bool | Decision":
        """Decide the opposite."""
        found = self.part.reduce(facts, now)
        return not found if isinstance(found, bool) else Negation(found)

    def shows(self, row: RowFacts, now: float) -> bool:
        """Decide the opposite about one row."""
        return not self.part.shows(row, now)

    def tests(self) -> Iterator[SingleTest]:
        """Walk the tests of the part."""
        return self.part.tests()


class Junction(Struct, frozen=True):
    """Parts joined: all of them must show a row, or, with `enough`, one of them is enough."""

    parts: tuple[Decision, ...]
    enough: bool = False

    def reduce(self, facts: RecordFacts, now: float) -> "bool | Decision":
        """Decide as far as what all rows share decides."""
        left, enough = _NOTHING, self.enough
        for part in self.parts:
            found = part.reduce(facts, now)
            if found is enough:
                return enough
            if found is not True and found is not False:
                left = (*left, found)
        if not left:
            return not enough
        return left[0] if len(left) == 1 else Junction(left, enough)

    def shows(self, row: RowFacts, now: float) -> bool:
        """Decide about one row."""
        if self.enough:
            return any(part.shows(row, now) for part in self.parts)
        return all(part.shows(row, now) for part in self.parts)

    def tests(self) -> Iterator[SingleTest]:
        """Walk the tests of all parts."""
        for part in self.parts:
            yield from part.tests()


class Filter:
    """A filter that was read: what it shows of records and their rows."""

    def __init__(self, text: str, decision: Decision) -> None:
        self.text = text
        """The text as it was given, without blanks around it."""
        self.decision = decision
        tests = list(decision.tests())
        self.size = len(tests)
        """The number of its tests: what a decision costs."""
        self.changes = any(isinstance(test, RowTest) and test.changes for test in tests)
        """Whether a decision may change when a delivery is settled or tried again."""
        self.is_of_subscribers = all(not isinstance(test, RowTest) or test.is_of_subscriber for test in tests)
        """Whether what `reduce` leaves to ask has one answer for all raises with the same subscribers, while no
        delivery failed or is queued."""
        self.ages = tuple({test.age for test in tests if isinstance(test, RecordTest) and test.age is not None})
        """The ages in seconds at which a decision may change."""

    def reduce(self, facts: RecordFacts, now: float) -> bool | Decision:
        """Decide about all rows of a record at wall second `now`, or return what each row has to be asked."""
        return self.decision.reduce(facts, now)

    def shows(self, record: Record, now: float) -> bool:
        """Say whether any row of a record is shown at wall second `now`, as the record alone tells it."""
        facts = RecordFacts(record)
        found = self.reduce(facts, now)
        return found if isinstance(found, bool) else any(found.shows(row, now) for row in rows_of(facts))

    def shows_row(self, row: RowFacts, now: float) -> bool:
        """Decide about one row at wall second `now`."""
        return self.decision.shows(row, now)
