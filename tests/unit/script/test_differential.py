"""The developer tool that compares random scripts with a server: its scripts, and how it makes them small."""

import io
import json
import random
from collections.abc import Mapping, Sequence

import pytest

from evtui.script.syntax.parse import parse
from tests.differential.script_grammar import STATEMENTS
from tests.differential.script_trees import Tree, grow, smaller
from tests.differential.search import Search, make_tree, write_difference
from tests.script_truth import TruthAnswer, TruthCase

EQUAL = TruthAnswer(("same",), ())


class Disagreeing:
    """A server that says something else of bodies with a word in them."""

    def __init__(self, word: str) -> None:
        self.word = word

    def answers(self, cases: Sequence[TruthCase]) -> Mapping[str, TruthAnswer]:
        return {case.key: TruthAnswer(("other",), ()) if self.word in case.body else EQUAL for case in cases}


def test_a_seed_gives_the_same_scripts() -> None:
    assert [make_tree(5, number).text for number in range(20)] == [make_tree(5, number).text for number in range(20)]
    assert make_tree(5, 1).text != make_tree(6, 1).text


@pytest.mark.parametrize("kind", sorted(STATEMENTS))
def test_each_kind_can_be_grown(kind: str) -> None:
    for seed in range(20):
        assert "<" + kind + ">" not in grow(STATEMENTS, kind, random.Random(seed)).text


def test_the_scripts_can_be_read() -> None:
    for number in range(40):
        parse(f"route {{ {make_tree(1, number).text.replace('#', '1')} }}", "random.cfg")


def test_a_smaller_tree_lacks_a_member_or_is_a_part_of_the_same_kind() -> None:
    inner = Tree("value", ("1",))
    tree = Tree("value", ("(", inner, Tree("list", (Tree("word", ("a",)), Tree("word", ("b",)))), ")"))
    assert {found.text for found in smaller(tree)} == {"1", "(1b)", "(1a)"}


def test_a_difference_is_made_small() -> None:
    search = Search(Disagreeing(" =~ "), lambda _case: EQUAL)
    found = search.differences(1, range(60))
    assert found
    for difference in found:
        statements = difference.case.body.partition("$shv(h")[2]
        assert (statements.count(" =~ "), statements.count("if (")) == (1, 1)
        assert len(difference.case.body) <= len(max((make_tree(1, n).text for n in range(60)), key=len))


def test_answers_that_are_the_same_are_no_difference() -> None:
    assert not Search(Disagreeing("nothing has this"), lambda _case: EQUAL).differences(1, range(60))


def test_a_text_that_the_log_of_the_server_cuts_is_no_difference() -> None:
    assert not Search(Disagreeing(" "), lambda _case: TruthAnswer(("a\0b",), ())).differences(1, range(20))


def test_a_difference_is_written_as_a_case_of_the_recorded_truth() -> None:
    out = io.StringIO()
    for difference in Search(Disagreeing("switch"), lambda _case: EQUAL).differences(3, range(30)):
        write_difference(out, difference)
    rows = [json.loads(line) for line in out.getvalue().splitlines()]
    assert rows
    assert all((row["lines"], row["evtui"]) == (["other"], ["same"]) for row in rows)
