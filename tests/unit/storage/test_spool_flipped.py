"""Spools with flipped bits, cut or with exchanged pages: they open, lose nothing without a word, and keep the order."""

import os
import random
from collections.abc import Callable
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Final

import pytest

from evtui.core.errors import SpoolError
from evtui.core.transport import Notification
from evtui.core.values import Params, Socket
from evtui.storage.spool import SqliteSpool
from tests.fakes.engine_fakes import FakeClock

SEEDS: Final = range(int(os.environ.get("EVTUI_TEST_SPOOLS", "6")))
COUNT: Final = 60
PAGE: Final = 4096
SOCKETS: Final = (Socket("tcp", "a:1"), Socket("tcp", "b:1"))


def flip(content: bytearray, dice: random.Random) -> None:
    """Flip some bits."""
    for _ in range(dice.choice((1, 5, 100))):
        content[dice.randrange(len(content))] ^= 1 << dice.randrange(8)


def flip_definition(content: bytearray, dice: random.Random) -> None:
    """Flip a bit in what defines the tables."""
    first, end = content.index(b"CREATE TABLE"), PAGE
    content[dice.randrange(first, end)] ^= 1 << dice.randrange(8)


def cut(content: bytearray, dice: random.Random) -> None:
    """Cut the end off."""
    del content[dice.randrange(len(content)) :]


def exchange(content: bytearray, dice: random.Random) -> None:
    """Exchange two pages."""
    one, other = (dice.randrange(len(content) // PAGE) * PAGE for _ in range(2))
    content[one : one + PAGE], content[other : other + PAGE] = (
        content[other : other + PAGE],
        content[one : one + PAGE],
    )


def opened(path: Path) -> SqliteSpool:
    return SqliteSpool(path, wall=FakeClock(1_800_000_000.0), reserve=1 << 20)


@pytest.fixture
def content(tmp_path: Path) -> bytes:
    """Return the file of a spool in which notifications wait for two destinations."""
    path = tmp_path / "whole.db"
    with closing(opened(path)) as spool:
        for serial in range(1, COUNT + 1):
            payload = b"payload %d " % serial + b"x" * (serial * 37 % 900)
            params = Params((serial,), ("n",))
            notification = Notification("run", serial, 1_800_000_000.0, "E_A", params, payload)
            spool.add(SOCKETS[serial % 2], f"tcp:{'ba'[serial % 2]}:1", notification)
    return path.read_bytes()


@pytest.mark.parametrize("damage", [flip, flip_definition, cut, exchange])
def test_a_damaged_spool_opens_says_what_is_lost_and_keeps_the_order(
    damage: Callable[[bytearray, random.Random], None], content: bytes, tmp_path: Path
) -> None:
    for seed in SEEDS:
        changed = bytearray(content)
        damage(changed, random.Random(seed))
        path = tmp_path / str(seed) / "spool.db"
        path.parent.mkdir()
        path.write_bytes(changed)
        assert_opens_and_says(path, seed)


def assert_opens_and_says(path: Path, seed: int) -> None:
    with closing(opened(path)) as spool:
        try:
            spool.claim()
        except SpoolError as error:
            assert "format version" in str(error) or "another program" in str(error), seed  # noqa: PT017 - what it says
            return
        waiting = [
            [notification.serial for _, notification in spool.load(socket)] for socket, _ in spool.destinations()
        ]
        assert spool.last_serial() >= 0
        for serials in waiting:
            assert all(one < other for one, other in pairwise(serials)) or spool.findings, (seed, serials)
        found = sum(map(len, waiting))
        assert found == COUNT or spool.findings or spool.set_aside >= COUNT - found, (seed, found)
        key = spool.add(SOCKETS[0], "tcp:a:1", Notification("run", 999, 1.8e9, "E_A", Params(), b"new"))
        assert spool.load(SOCKETS[0])[-1][0] == key, seed
