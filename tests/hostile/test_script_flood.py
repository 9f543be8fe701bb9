"""A script that logs or fails in a loop fills no log."""

import socket
from functools import partial
from pathlib import Path

import pytest

from evtui.core.line_limit import LINES_EACH
from tests.functional.scripts.script_world import World, scripted, sip_place

TURNS = 3_000


@pytest.mark.parametrize("statement", ['xlog("L_ERR", "again");', "$var(x) = $var(none) - 1;"])
async def test_a_loop_that_logs_is_cut_off_and_its_lines_are_counted(tmp_path: Path, statement: str) -> None:
    text = f"route[LOOP] {{ $var(i) = 0; while ($var(i) < {TURNS}) {{ {statement} $var(i) += 1; }} }}"
    async with scripted(tmp_path, text) as world:
        await world.run("LOOP")
        await world.until(lambda: any(line.endswith(" more") for line in world.log))
        await world.until(lambda: _told(world.log) + _shown(world.log) == TURNS)
        assert world.script.shown_statistics()["script:omitted_lines"] == _told(world.log)
        assert _told(world.log) >= LINES_EACH


async def test_a_flood_of_datagrams_that_are_no_sip_messages_writes_few_lines(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with scripted(tmp_path, "route { exit; }", sip=sip_place()) as world:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            for number in range(TURNS):
                stranger.sendto(b"no message", world.sip)
                if number % 50 == 49:
                    await world.until(partial(_has_read, world, number - 50))
        await world.until(lambda: world.script.sip_statistics.malformed >= TURNS * 0.9)
    lines = [line for line in caplog.messages if "is not a SIP message" in line]
    assert LINES_EACH <= len(lines) < TURNS


def _has_read(world: World, count: int) -> bool:
    return world.script.sip_statistics.malformed > count


def _told(lines: list[str]) -> int:
    return sum(int(line.split()[1].replace(",", "")) for line in lines if line.endswith(" more"))


def _shown(lines: list[str]) -> int:
    return sum(not line.endswith(" more") for line in lines)
