"""Random damage to a spool, in its rows or anywhere in its files: the engine starts, tells, and delivers the rest."""

import os
import random
import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import anyio
import pytest

from evtui.core.transport import Notification, OutboxPolicy
from evtui.core.values import Params, Socket
from evtui.engine.catalogue import Catalogue
from evtui.engine.engine import Engine
from evtui.engine.journal import Journal
from evtui.engine.numbering import Numbering
from evtui.persistence.spool_setup import last_serial, restore_spooled
from evtui.storage.spool import SqliteSpool
from tests.fakes.engine_fakes import FakeClock
from tests.fakes.queued_fakes import FakeQueuedTransport
from tests.limits import HANG

WALL = FakeClock(1_800_000_000.0)
NAMES = ("a", "b", "c")
EACH = 60
SEEDS = range(int(os.environ.get("EVTUI_SEEDS", "8")))

WRONG = (
    "'{'", "NULL", "''", "x'ff00ff'", "CAST(x'5bff' AS TEXT)", "9223372036854775807", "-1", "1e300", "'[]'", "'\u2028'",
)  # fmt: skip


def fill(path: Path) -> SqliteSpool:
    spool = SqliteSpool(path, wall=WALL, reserve=1 << 20)
    for n in range(EACH):
        for place, name in enumerate(NAMES):
            serial = n * len(NAMES) + place + 1
            params = Params((serial, "x" * (serial % 50)), ("serial", "text"))
            notification = Notification("run", serial, WALL(), "E_A", params, b"%d " % serial * (serial % 40 + 1))
            spool.add(Socket("wait", name), f"wait:{name}@secret", notification)
    return spool


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a folder with a spool that was closed, `closed`, and with one whose process was killed, `killed`."""
    folder = tmp_path_factory.mktemp("sample")
    for name in ("closed", "killed"):
        (folder / name).mkdir()
    fill(folder / "closed" / "spool.db").close()
    with closing(fill(folder / "running.db")):
        for ending in ("", "-wal", "-shm"):
            shutil.copy(folder / f"running.db{ending}", folder / "killed" / f"spool.db{ending}")
    return folder


def damage_rows(chosen: random.Random, path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        for _ in range(chosen.randint(1, 5)):
            table, columns = chosen.choice(
                [("letters", ("head", "head", "payload", "serial", "destination", "key")),
                 ("destinations", ("socket", "source", "id")), ("mark", ("serial",))]
            )  # fmt: skip
            column = chosen.choice(columns)
            where = f"rowid IN (SELECT rowid FROM {table} ORDER BY random() LIMIT {chosen.choice([1, 1, 3])})"
            try:
                if table == "destinations" and chosen.random() < 0.3:
                    connection.execute(f"DELETE FROM {table} WHERE {where}")
                else:
                    connection.execute(f"UPDATE {table} SET {column} = {chosen.choice(WRONG)} WHERE {where}")
            except sqlite3.Error:  # not even SQL can write that there
                continue
        if chosen.random() < 0.1:
            connection.execute(f"DROP TABLE {chosen.choice(['letters', 'destinations', 'mark'])}")


def damage_bytes(chosen: random.Random, path: Path) -> None:
    path = chosen.choice([each for each in (path, path.with_name("spool.db-wal")) if each.exists()])
    content = bytearray(path.read_bytes())
    match chosen.randrange(5):
        case 0:
            content[chosen.randrange(len(content))] ^= 1 << chosen.randrange(8)
        case 1:
            start = chosen.randrange(len(content))
            content[start : start + 600] = chosen.randbytes(len(content[start : start + 600]))
        case 2:
            page = chosen.randrange(len(content) // 4096 + 1) * 4096
            content[page : page + 4096] = bytes(len(content[page : page + 4096]))
        case 3:
            del content[chosen.randrange(len(content)) :]
        case _:
            for _ in range(20):
                content[chosen.randrange(len(content))] = chosen.randrange(256)
    path.write_bytes(content)


async def delivered(path: Path) -> dict[str, list[int]]:
    """Run an engine on a spool until nothing waits; return the serials that each destination got."""
    transport = FakeQueuedTransport(OutboxPolicy(backoff=0.001, max_backoff=0.002, durable=True))
    catalogue = Catalogue()
    catalogue.publish("E_A")
    with closing(SqliteSpool(path, wall=WALL, reserve=1 << 20)) as spool:
        numbering = Numbering("new", last_serial(spool))
        engine = Engine(
            catalogue, [transport], Journal(), clock=time.monotonic, wall=WALL, spool=spool, numbering=numbering
        )
        async with anyio.create_task_group() as tasks:
            await restore_spooled(engine, spool, tasks)
        for name in NAMES:
            engine.subscribe("E_A", f"wait:{name}@secret")
        engine.raise_event("E_A", {"last": 1})  # newer ones do not overtake
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(engine.run)
            with anyio.fail_after(HANG):
                while any(state.queued for state in engine.outbox_states().values() if state.socket.address in NAMES):
                    await engine.journal.wait_beyond(engine.journal.written)
            tasks.cancel_scope.cancel()
        engine.close()
    return {name: [each.serial for each in transport.sender(name).got] for name in NAMES}


def check(got: dict[str, list[int]], *, is_told: bool) -> None:
    for serials in got.values():
        *old, last = serials
        assert last > max(old, default=0)
        assert [serial for serial in old if serial <= EACH * len(NAMES)] == sorted(set(old) & set(range(1, 200)))
    if not is_told:
        assert sum(map(len, got.values())) == (EACH + 1) * len(NAMES)


@pytest.mark.parametrize("damage", [damage_rows, damage_bytes])
@pytest.mark.parametrize("kind", ["closed", "killed"])
async def test_whatever_is_damaged_the_engine_starts_tells_and_delivers_the_rest_in_order(
    tmp_path: Path, sample: Path, kind: str, damage: Callable[[random.Random, Path], None],
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    counts: list[int] = []
    for seed in SEEDS:
        folder = tmp_path / str(seed)
        shutil.copytree(sample / kind, folder)
        damage(random.Random(f"{kind} {damage.__name__} {seed}"), folder / "spool.db")
        try:
            caplog.clear()
            got = await delivered(folder / "spool.db")
            check(got, is_told=bool(caplog.text))
        except BaseException as error:
            error.add_note(f"seed {seed} in {folder}")
            raise
        counts.append(sum(map(len, got.values())))
    assert max(counts) > 100  # most of the damage leaves most of the rest


def test_a_whole_spool_gives_everything(tmp_path: Path, sample: Path, caplog: pytest.LogCaptureFixture) -> None:
    for kind in ("closed", "killed"):
        folder = tmp_path / kind
        shutil.copytree(sample / kind, folder)
        got = anyio.run(delivered, folder / "spool.db")
        assert caplog.text == ""
        assert [len(each) for each in got.values()] == [EACH + 1] * len(NAMES)
