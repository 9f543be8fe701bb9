"""Find random scripts that have another answer here than on the server, and make them small."""

import json
import random
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final, Protocol, TextIO

from evtui.core.errors import EvtuiError
from evtui.script.syntax.script_errors import ScriptError
from tests.differential.script_grammar import ROUTES, STATEMENTS
from tests.differential.script_trees import Tree, grow, smaller
from tests.script_truth import Place, TruthAnswer, TruthCase, answer, load_cases

CANDIDATES: Final = 40
"""Smaller scripts that are tried together for each difference."""
ROUNDS: Final = 25
"""Times that a difference is made smaller at most."""
_PARAMS: Final[dict[str, str | int]] = {"pi": 5, "ps": "abcd"}
_RECORD_HEAD: Final = re.compile(r"\[[0-9]+\] (?:NOTICE|INFO|ERROR|WARNING):")
_FAILED: Final = TruthAnswer(("evtui refuses it",), ())


class Server(Protocol):
    """Answers cases; one that it refuses or dies on has no answer."""

    def answers(self, cases: Sequence[TruthCase]) -> Mapping[str, TruthAnswer]:
        """Return the answers by key."""
        ...


@dataclass(frozen=True)
class Difference:
    """A script with two answers."""

    tree: Tree
    case: TruthCase
    server: TruthAnswer
    here: TruthAnswer


def messages() -> list[str]:
    """Return the messages of the recorded cases, each once; `@KEY@` stands for the key of the case."""
    found = (case.message.replace(case.key, "@KEY@") for case in load_cases("variables") if case.message is not None)
    return list(dict.fromkeys(found))


def make_tree(seed: int, number: int) -> Tree:
    """Return script `number` of a seed."""
    chance = random.Random(f"{seed}/{number}")
    return Tree("case", tuple(grow(STATEMENTS, kind, chance) for kind in ("start", "script")))


class Search:
    """Asks the server and evtui the same scripts."""

    def __init__(self, server: Server, here: Callable[[TruthCase], TruthAnswer] | None = None) -> None:
        """`here`: what answers in place of evtui."""
        self._server = server
        self._here = here or _answer_here
        self._messages = messages()
        self._asked = 0
        self.refused = self.died = 0
        """Scripts without an answer of the server, by the reason."""

    def differences(self, seed: int, numbers: Iterable[int]) -> list[Difference]:
        """Return the scripts of a seed that have two answers, made small."""
        trees = {number: make_tree(seed, number) for number in numbers}
        found = self._ask([(tree, self._message(number)) for number, tree in trees.items()])
        self.refused, self.died = len(getattr(self._server, "refused", ())), len(getattr(self._server, "died", ()))
        return self._reduced(found)

    def _message(self, number: int) -> str | None:
        """One script in four runs in a message; the others run in an event route."""
        return self._messages[number // 4 % len(self._messages)] if number % 4 == 0 else None

    def _ask(self, given: Sequence[tuple[Tree, str | None]]) -> list[Difference]:
        cases = [self._case(tree, message) for tree, message in given]
        answers = self._server.answers(cases)
        return [
            Difference(tree, case, answers[case.key], here)
            for (tree, _), case in zip(given, cases, strict=True)
            if case.key in answers
            and (here := self._here(case)) != answers[case.key]
            and not _is_cut(here, answers[case.key])
        ]

    def _case(self, tree: Tree, message: str | None) -> TruthCase:
        self._asked += 1
        number, key = str(self._asked), f"d{self._asked:07}"
        case = TruthCase(key, tree.text.replace("#", number), (), params=_PARAMS)
        if "route(" in case.body:
            case = replace(case, routes=ROUTES)
        if message is None:
            return case
        place: Place = "reply" if message.startswith("SIP/2.0") else "message"
        return replace(case, message=message.replace("@KEY@", key), place=place)

    def _reduced(self, found: list[Difference]) -> list[Difference]:
        """Make all differences smaller at the same time, so that the server starts few times."""
        done: list[Difference] = []
        for turn in range(ROUNDS):
            tried: list[tuple[Difference, Tree]] = []
            for difference in found:
                shorter = (tree for tree in smaller(difference.tree) if len(tree.text) < len(difference.tree.text))
                few = islice(sorted(set(shorter), key=lambda tree: len(tree.text)), CANDIDATES)
                tried.extend((difference, tree) for tree in few)
            if not tried or turn == ROUNDS - 1:
                break
            again = self._ask([(tree, self._message_of(difference)) for difference, tree in tried])
            best = {other.tree: other for other in again}
            following: list[Difference] = []
            for difference in found:
                trees = [tree for before, tree in tried if before is difference and tree in best]
                if trees:
                    following.append(best[min(trees, key=lambda tree: len(tree.text))])
                else:
                    done.append(difference)
            found = following
        return done + found

    def _message_of(self, difference: Difference) -> str | None:
        case = difference.case
        return None if case.message is None else case.message.replace(case.key, "@KEY@")


def _is_cut(here: TruthAnswer, server: TruthAnswer) -> bool:
    """Return whether the log of the server lacks a part of an answer: it ends each text at a NUL.

    Such a line has no end of its own, so that the next record follows in it.
    """
    return any("\0" in line for line in here.lines) or any(_RECORD_HEAD.search(line) for line in server.lines)


def _answer_here(case: TruthCase) -> TruthAnswer:
    try:
        return answer(case)
    except (ScriptError, EvtuiError):
        return _FAILED


def write_difference(out: TextIO, difference: Difference) -> None:
    """Write a difference as a line of a file of tests/data/script_truth, with our answer beside."""
    case = difference.case
    row: dict[str, object] = {"id": case.key, "body": case.body, "message": case.message, "params": case.params}
    row |= {"routes": case.routes} if case.routes else {}
    row |= {"lines": difference.server.lines, "raised": difference.server.raised}
    row |= {"evtui": difference.here.lines, "evtui_raised": difference.here.raised}
    out.write(json.dumps(row, ensure_ascii=False) + "\n")
