"""No script makes a value, a list or a pause between two pauses longer than the bounds, whatever it is given."""

import time
from itertools import pairwise
from typing import Final

import pytest

from evtui.script.runtime.message_scope import Scope
from evtui.script.runtime.script_message import PlainMessage
from evtui.script.runtime.script_values import MAX_TEXT
from evtui.script.transformations.transformation_table import TRANSFORMS
from evtui.script.variables import avps
from tests.unit.script.world import World, program

ROUNDS: Final = 24
"""Doubled so often, one character would be 16 million."""
BOUND: Final = 1 << 17
SEEDS: Final = ("'\\%\x00ä a,b;c=d", "m=a\r\n")
PARAMETERS: Final = ("", ",0,0", ",x,262144", ",262144", ",/./&&\\0\\0/g")
NAMES: Final = [f"{kind}.{name}" for kind, names in TRANSFORMS.items() for name in names]
GROWING: Final = {
    "text": 'cache_store("local", "t", "$var(x)$var(x)"); cache_fetch("local", "t", $var(x));',
    "many texts": f'$var(x) = "{"$var(x)" * 300}";',
    "plus": "$var(x) = $var(x) + $var(x);",
    "plus in place": "$var(x) += $var(x);",
    "all values of an AVP": "$avp(a) = $var(x); $avp(a) = $var(x); $var(x) = $(avp(a)[*]);",
    "JSON": '$json(j) := "[]"; $json(j[]) = $var(x); $json(j[]) = $var(x); $var(x) = $json(j);',
    "pretty JSON": '$json(j) := "[[[[[]]]]]"; $json(j[0][0][0][0][]) = $var(x); $var(x) = $json_pretty(j) + $var(x);',
    "evaluated": '$var(t) = "$var(x)$var(x)"; $var(x) = $(var(t){s.eval});',
    "cache": '$var(x) = $var(x) + $var(x); cache_store("local", "k", $var(x)); cache_fetch("local", "k", $var(x));',
}


def grown(statement: str, seed: str) -> int:
    """Run a statement again and again on `$var(x)`; return the length of the longest value that was kept."""
    world = World()
    made = program(
        f"route {{ $var(i) = 0; $var(x) = $hdr(Seed); while ($var(i) < {ROUNDS}) {{ {statement} $var(i) += 1; }} }}",
        world,
    )
    outcome = made.run("route", None, Scope(PlainMessage(headers=[("Seed", seed)])))
    assert outcome.ended == "end", outcome
    values = [cell[0] for cell in made.state.cells.values()]
    return max(len(value) for value in values if isinstance(value, str)) if any(values) else 0


@pytest.mark.parametrize("name", NAMES)
def test_a_transformation_makes_no_text_that_is_too_long(name: str) -> None:
    for seed in SEEDS:
        for parameters in PARAMETERS:
            statement = (
                f'$var(y) = $(var(x){{{name}{parameters}}}); if ($var(y) == NULL) break; $var(x) = "" + $var(y);'
            )
            assert grown(statement, seed) <= MAX_TEXT


@pytest.mark.parametrize("what", GROWING)
def test_a_statement_makes_no_text_that_is_too_long(what: str) -> None:
    assert grown(GROWING[what], "ab") <= MAX_TEXT


@pytest.mark.parametrize(
    "statement",
    [
        '$(avp($var(n))) = "abcdefghijklmnopqrstuvwxyz" + $var(i);',
        "$var(n) = $var(long) + $var(i); $(avp($var(n))) = 1;",
        'avp_copy("$avp(a)", "$avp($var(i))");',
        '$avp(a) = "abcdefghijklmnopqrstuvwxyz" + $var(i);',
    ],
)
def test_avps_hold_no_more_than_their_bound_however_they_are_filled(
    statement: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(avps, "MAX_CHARACTERS", BOUND)
    made = program(
        f"""route {{
            $var(long) = $hdr(Seed); $var(n) = "n"; $var(i) = 0;
            while ($var(i) < 100) {{ $avp(a) = "abcdefghijklmnopqrstuvwxyz" + $var(i); $var(i) += 1; }}
            $var(i) = 0;
            while ($var(i) < 5000) {{ {statement} $var(i) += 1; }}
        }}""",
        World(),
    )
    scope = Scope(PlainMessage(headers=[("Seed", "x" * 1_000)]))
    assert made.run("route", None, scope).ended == "end"
    assert BOUND / 4 < avps.avps_size(scope.avps) <= BOUND * 1.5


@pytest.mark.parametrize(
    "statement",
    [
        "$var(y) = $(var(x){s.escape.user});",
        "$var(y) = $(var(x){s.xor,abc});",
        "$var(y) = $(var(x){csv.count});",
        'if ($var(x) =~ "(a|b|%)*c") $var(y) = 1;',
        "if ($var(x) == $var(z)) $var(y) = 1;" * 200,
    ],
)
def test_the_host_may_pause_a_run_soon_whatever_it_does(statement: str) -> None:
    """A pause is where others run and where the script's time limit is kept."""
    once = min(longest_gap(statement) for _ in range(3))
    looped = longest_gap(f"$var(i) = 0; while ($var(i) < 60) {{ {statement} $var(i) += 1; }}")
    assert looped < 10 * once + 0.1


def longest_gap(body: str) -> float:
    """Return the longest processor time between two pauses of a run, or before the first and behind the last."""
    world = PausedWorld()
    scope = Scope(PlainMessage(headers=[("Seed", "%" * 60_000)]))
    made = program(f"route {{ $var(x) = $hdr(Seed); {body} }}", world)
    world.times.append(time.process_time())
    assert made.run("route", None, scope).ended == "end"
    world.times.append(time.process_time())
    return max(after - before for before, after in pairwise(world.times))


class PausedWorld(World):
    """A world that notes when a run may pause, in seconds of processor time."""

    def __init__(self) -> None:
        super().__init__()
        self.times: list[float] = []

    def pause(self, seconds: float = 0.0) -> None:
        self.times.append(time.process_time())
        super().pause(seconds)
