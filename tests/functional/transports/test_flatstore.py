"""Flat files on a real disk: every line whole, whatever happens to the file, the disk or the writer."""

import os
import resource
import stat
import threading
from collections.abc import AsyncIterator, Generator
from contextlib import contextmanager
from pathlib import Path

import anyio
import pytest

from evtui.backends.embedded import EmbeddedBackend
from evtui.bootstrap.engine_setup import open_engine
from evtui.codecs import flat
from evtui.codecs.flat import Layout
from evtui.core.errors import BadSocketError, DeliveryError
from evtui.core.records import Raised, Record
from evtui.core.transport import Notification, Sender
from evtui.transports.flatstore.rotation import Rotated, Rotation
from evtui.transports.flatstore.settings import FlatstoreSettings, Fsync
from evtui.transports.flatstore.transport import FlatFileSender, FlatstoreTransport, UnknownFileError
from tests.functional.processes.waiting import Pad, deliver, notification, notifications, until, waiting
from tests.limits import HANG


class Clock:
    """Wall seconds that stand still until they are moved; while `gate` is closed, a caller hangs as on a dead disk."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0
        self.gate = threading.Event()
        self.gate.set()
        self.asked = 0

    def __call__(self) -> float:
        self.asked += 1
        assert self.gate.wait(HANG)
        return self.now


class FlatFolder:
    """A transport of flat files in a directory, and what it told of rotations."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "ev.txt"
        self.clock = Clock()
        self.news: list[Rotated] = []
        self.stores: list[FlatstoreTransport] = []

    def store(
        self,
        rotation: Rotation | None = None,
        *,
        mode: int = 0o644,
        fsync: Fsync = "never",
        max_open: int = 100,
        roots: tuple[Path, ...] = (),
    ) -> FlatstoreTransport:
        rotation = rotation or Rotation()
        settings = FlatstoreSettings(
            file_permissions=f"{mode:o}",
            fsync=fsync,
            rotate_size=str(rotation.size),
            rotate_period=rotation.period,
            rotate_count=rotation.count,
            suffix=rotation.suffix,
            roots=tuple(map(str, roots)),
            max_open_sockets=max_open,
        )
        made = FlatstoreTransport(settings, wall=self.clock, rotated=self.news.append)
        self.stores.append(made)
        return made

    def sender(self, rotation: Rotation | None = None, *, fsync: Fsync = "never") -> Sender:
        return waiting(self.store(rotation, fsync=fsync).parse("flatstore", str(self.file), trusted=True)).sender

    def lines(self, name: str = "ev.txt") -> list[str]:
        return (self.folder / name).read_text("utf-8").splitlines()

    def names(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())


@pytest.fixture
async def flat_folder(tmp_path: Path) -> AsyncIterator[FlatFolder]:
    made = FlatFolder(tmp_path)
    yield made
    for store in made.stores:
        store.close()


@contextmanager
def disk_of(size: int) -> Generator[None]:
    """Let no file of this process grow past so many bytes, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_the_file_is_made_by_the_first_line_and_appended_to(flat_folder: FlatFolder) -> None:
    sender = flat_folder.sender()
    assert flat_folder.names() == []
    pad = await deliver(sender, notifications(range(3), "flat"))
    await deliver(sender, [notification(9, {"a": "x,y", "b": "two\nlines"}, codec="flat")])
    assert pad.delivered == [0, 1, 2]
    raw = flat_folder.file.read_bytes().splitlines(keepends=True)
    assert raw[:3] == [b"E_T,0\n", b"E_T,1\n", b"E_T,2\n"]
    assert flat.decode(raw[3], Layout()) == ("E_T", "x,y", "two\nlines")


async def test_new_files_get_the_configured_permissions_whatever_the_umask(flat_folder: FlatFolder) -> None:
    opened = waiting(flat_folder.store(mode=0o664).parse("flatstore", str(flat_folder.file), trusted=True))
    before = os.umask(0o077)
    try:
        await deliver(opened.sender, notifications([1], "flat"))
    finally:
        os.umask(before)
    assert stat.S_IMODE(flat_folder.file.stat().st_mode) == 0o664


async def test_a_file_that_ends_in_half_a_line_gets_its_newline_first(flat_folder: FlatFolder) -> None:
    flat_folder.file.write_bytes(b"E_T,1\nE_T,2,hal")
    await deliver(flat_folder.sender(), notifications([3], "flat"))
    assert flat_folder.lines() == ["E_T,1", "E_T,2,hal", "E_T,3"]


async def test_a_full_disk_leaves_whole_lines_and_the_rest_comes_again_once(flat_folder: FlatFolder) -> None:
    sender = flat_folder.sender()
    batch, pad = notifications(range(10), "flat"), Pad()
    with disk_of(27), pytest.raises(DeliveryError, match="EFBIG: "):
        await sender.send(batch, pad)
    assert pad.delivered == [0, 1, 2, 3]
    assert flat_folder.file.read_bytes() == b"E_T,0\nE_T,1\nE_T,2\nE_T,3\n"
    await deliver(sender, batch[4:])
    assert flat_folder.lines() == [f"E_T,{number}" for number in range(10)]


async def test_half_a_line_that_cannot_be_cut_off_is_ended_before_the_next(flat_folder: FlatFolder) -> None:
    sender = flat_folder.sender()
    await deliver(sender, notifications([0], "flat"))
    with disk_of(flat_folder.file.stat().st_size + 3), pytest.raises(DeliveryError, match="EFBIG: "), _cannot_cut():
        await sender.send(notifications([1], "flat"), Pad())
    assert flat_folder.file.read_bytes() == b"E_T,0\nE_T"
    await deliver(sender, notifications([1], "flat"))
    assert flat_folder.lines() == ["E_T,0", "E_T", "E_T,1"]


@contextmanager
def _cannot_cut() -> Generator[None]:
    def refuse(_fd: int, _length: int) -> None:
        raise PermissionError(1, "append-only")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "ftruncate", refuse)
        yield


async def test_a_file_moved_or_deleted_from_outside_is_made_anew(flat_folder: FlatFolder) -> None:
    sender = flat_folder.sender()
    await deliver(sender, notifications([1], "flat"))
    flat_folder.file.rename(flat_folder.folder / "ev.txt.1")
    await deliver(sender, notifications([2], "flat"))
    flat_folder.file.unlink()
    await deliver(sender, notifications([3], "flat"))
    assert (flat_folder.lines("ev.txt.1"), flat_folder.lines()) == (["E_T,1"], ["E_T,3"])


async def test_a_directory_that_goes_away_fails_the_line_and_one_that_comes_back_takes_it(tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    flat_folder = FlatFolder(folder)
    sender = flat_folder.sender()
    folder.rmdir()
    with pytest.raises(DeliveryError, match="ENOENT: "):
        await sender.send(notifications([1], "flat"), Pad())
    folder.mkdir()
    await deliver(sender, notifications([1], "flat"))
    assert flat_folder.lines() == ["E_T,1"]
    await sender.aclose()


async def test_a_disk_that_hangs_is_left_and_its_late_write_counts_once(flat_folder: FlatFolder) -> None:
    sender = flat_folder.sender()
    flat_folder.clock.gate.clear()
    batch, pad = notifications(range(3), "flat"), Pad()
    with anyio.move_on_after(HANG) as patience:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(sender.send, batch, pad)
            await until(lambda: flat_folder.clock.asked > 0)
            patience.cancel()
    assert pad.told == []
    with pytest.raises(DeliveryError, match="does not answer"):
        await sender.send(batch, pad)
    flat_folder.clock.gate.set()
    await until(lambda: flat_folder.file.exists() and len(flat_folder.lines()) == 3)
    await _until_sent(sender, [*batch, *notifications([3], "flat")], pad)
    assert pad.delivered == [0, 1, 2, 3]
    assert flat_folder.lines() == ["E_T,0", "E_T,1", "E_T,2", "E_T,3"]


async def _until_sent(sender: Sender, batch: list[Notification], pad: Pad) -> None:
    with anyio.fail_after(HANG):
        while True:
            try:
                await sender.send(batch, pad)
            except DeliveryError:
                await anyio.sleep(0.005)
            else:
                return


async def test_no_more_files_stay_open_than_allowed_and_all_get_their_lines(flat_folder: FlatFolder) -> None:
    store = flat_folder.store(max_open=3)
    senders = [waiting(store.parse("flatstore", f"{flat_folder.file}.{n}", trusted=True)).sender for n in range(8)]
    for number in range(4):
        for sender in senders:
            await deliver(sender, notifications([number], "flat"))
        assert _open_below(flat_folder.folder) == 3
    assert [flat_folder.lines(f"ev.txt.{n}") for n in range(8)] == [[f"E_T,{n}" for n in range(4)]] * 8
    for sender in senders:
        await sender.aclose()
    assert _open_below(flat_folder.folder) == 0


def _open_below(folder: Path) -> int:
    links = [link for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
    return sum(link.readlink().is_relative_to(folder) for link in links)


async def test_by_count_no_file_holds_more_lines_and_none_is_lost(flat_folder: FlatFolder) -> None:
    sender = flat_folder.sender(Rotation(count=4))
    await deliver(sender, notifications(range(6), "flat"))
    await deliver(sender, notifications(range(6, 10), "flat"))
    aside = [news.old_filename for news in flat_folder.news]
    assert [news.reason for news in flat_folder.news] == ["count", "count"]
    assert [flat_folder.lines(Path(name).name) for name in [*aside, str(flat_folder.file)]] == [
        ["E_T,0", "E_T,1", "E_T,2", "E_T,3"],
        ["E_T,4", "E_T,5", "E_T,6", "E_T,7"],
        ["E_T,8", "E_T,9"],
    ]
    assert {news.filename for news in flat_folder.news} == {str(flat_folder.file)}


async def test_by_size_no_file_is_larger_unless_one_line_is(flat_folder: FlatFolder) -> None:
    sender = flat_folder.sender(Rotation(size=20))
    batch = [notification(n, ("x" * size,), codec="flat") for n, size in enumerate((2, 2, 2, 50, 2))]
    await deliver(sender, batch)
    sizes = [Path(news.old_filename).stat().st_size for news in flat_folder.news]
    assert (sizes, flat_folder.file.stat().st_size) == ([14, 7, 55], 7)
    assert [news.reason for news in flat_folder.news] == ["size"] * 3


async def test_by_period_a_line_that_comes_later_opens_the_next_file(flat_folder: FlatFolder) -> None:
    sender = flat_folder.sender(Rotation(period=60))
    await deliver(sender, notifications([1], "flat"))
    flat_folder.clock.now += 59
    await deliver(sender, notifications([2], "flat"))
    flat_folder.clock.now += 1
    await deliver(sender, notifications([3], "flat"))
    (news,) = flat_folder.news
    assert (news.reason, news.timestamp, news.filename) == ("period", int(flat_folder.clock.now), str(flat_folder.file))
    assert (flat_folder.lines(Path(news.old_filename).name), flat_folder.lines()) == (["E_T,1", "E_T,2"], ["E_T,3"])


async def test_a_full_file_that_an_earlier_run_left_is_rotated_before_the_first_line(flat_folder: FlatFolder) -> None:
    flat_folder.file.write_bytes(b"E_T,old\n" * 3)
    await deliver(flat_folder.sender(Rotation(size=24)), notifications([1], "flat"))
    assert [news.reason for news in flat_folder.news] == ["size"]
    assert flat_folder.lines() == ["E_T,1"]


async def test_with_a_suffix_the_written_file_carries_it_as_in_the_reference(flat_folder: FlatFolder) -> None:
    store = flat_folder.store(Rotation(count=2, suffix=".$time(%Y)"))
    sender = waiting(store.parse("flatstore", str(flat_folder.file), trusted=True)).sender
    await deliver(sender, notifications(range(5), "flat"))
    assert flat_folder.names() == ["ev.txt.2023", "ev.txt.2023.1", "ev.txt.2023.2"]
    flat_folder.clock.now += 366 * 86400
    await store.rotate(str(flat_folder.file))
    await deliver(sender, notifications([5], "flat"))
    assert flat_folder.lines("ev.txt.2024") == ["E_T,5"]
    new, old = f"{flat_folder.file}.2024", f"{flat_folder.file}.2023.2"
    assert flat_folder.news[-1] == Rotated(int(flat_folder.clock.now), "mi", new, old)


async def test_on_demand_without_a_suffix_the_name_is_opened_again(flat_folder: FlatFolder) -> None:
    store = flat_folder.store()
    sender = waiting(store.parse("flatstore", str(flat_folder.file), trusted=True)).sender
    await deliver(sender, notifications([1], "flat"))
    flat_folder.file.rename(flat_folder.folder / "moved")
    await store.rotate(str(flat_folder.file))
    assert _open_below(flat_folder.folder) == 1
    assert flat_folder.names() == ["ev.txt", "moved"]
    assert flat_folder.news == [Rotated(int(flat_folder.clock.now), "mi", str(flat_folder.file), "")]


async def test_rotating_a_file_that_no_subscription_writes_is_refused(flat_folder: FlatFolder) -> None:
    with pytest.raises(UnknownFileError):
        await flat_folder.store().rotate("/tmp/nobody")


async def test_a_file_whose_subscription_ended_is_closed_and_unknown(flat_folder: FlatFolder) -> None:
    store = flat_folder.store()
    opened = waiting(store.parse("flatstore", str(flat_folder.file), trusted=True))
    await deliver(opened.sender, notifications([1], "flat"))
    await opened.sender.aclose()
    del opened
    assert _open_below(flat_folder.folder) == 0
    with pytest.raises(UnknownFileError):
        await store.rotate(str(flat_folder.file))


async def test_two_subscriptions_of_one_path_share_its_file_and_its_bounds(flat_folder: FlatFolder) -> None:
    store = flat_folder.store(Rotation(count=3))
    plain = waiting(store.parse("flatstore", str(flat_folder.file), trusted=True)).sender
    bare = waiting(store.parse("flatstore", f"{flat_folder.file}?suppress_event_name", trusted=True)).sender
    await deliver(plain, notifications([1, 2], "flat"))
    await deliver(bare, notifications([3, 4], "flat?bare=true"))
    assert flat_folder.lines() == ["4"]
    assert flat_folder.lines(Path(flat_folder.news[0].old_filename).name) == ["E_T,1", "E_T,2", "3"]


@pytest.mark.parametrize(("fsync", "confirms"), [("never", False), ("second", False), ("batch", True)])
async def test_lines_are_acknowledged_when_every_batch_goes_to_the_disk(
    flat_folder: FlatFolder, fsync: Fsync, confirms: bool
) -> None:
    sender = flat_folder.sender(fsync=fsync)
    assert isinstance(sender, FlatFileSender)
    assert sender.confirms is confirms
    pad = await deliver(sender, notifications(range(2), "flat"))
    assert pad.delivered == [0, 1]
    await sender.aclose()


async def test_a_batch_the_disk_does_not_take_comes_again(
    flat_folder: FlatFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_fd: int) -> None:
        raise OSError(5, "no")

    sender = flat_folder.sender(fsync="batch")
    pad = Pad()
    with monkeypatch.context() as patch:
        patch.setattr(os, "fdatasync", refuse)
        with pytest.raises(DeliveryError, match="EIO: "):
            await sender.send(notifications(range(2), "flat"), pad)
    assert pad.told == []
    assert (await deliver(sender, notifications(range(2), "flat"))).delivered == [0, 1]


async def test_durable_may_be_asked_for_by_a_subscription(flat_folder: FlatFolder) -> None:
    store = flat_folder.store()
    asked = waiting(store.parse("flatstore", f"{flat_folder.file}?durable", trusted=True))
    usual = waiting(store.parse("flatstore", str(flat_folder.file), trusted=True))
    assert (asked.policy.durable, usual.policy.durable) == (True, False)


def _refusal(store: FlatstoreTransport, path: Path | str, *, trusted: bool) -> str:
    with pytest.raises(BadSocketError) as refused:
        store.parse("flatstore", str(path), trusted=trusted).open()
    assert refused.value.part == "path"
    return refused.value.why


async def test_what_is_no_file_is_refused_at_subscribe(flat_folder: FlatFolder) -> None:
    os.mkfifo(flat_folder.folder / "fifo")
    store = flat_folder.store()
    assert "a directory" in _refusal(store, flat_folder.folder, trusted=True)
    assert "not a regular file" in _refusal(store, flat_folder.folder / "fifo", trusted=True)
    assert "not a regular file" in _refusal(store, "/dev/null", trusted=True)
    assert "no directory" in _refusal(store, flat_folder.folder / "missing/ev.txt", trusted=True)
    flat_folder.file.write_text("")
    assert "no directory" in _refusal(store, flat_folder.file / "ev.txt", trusted=True)


async def test_over_mi_only_files_below_the_roots(flat_folder: FlatFolder, tmp_path: Path) -> None:
    inside, outside = tmp_path / "in", tmp_path / "out"
    inside.mkdir()
    outside.mkdir()
    (inside / "way-out").symlink_to(outside)
    (inside / "link.txt").symlink_to(outside / "ev.txt")
    (outside / "ev.txt").write_text("")
    store = flat_folder.store(roots=(inside,))
    for path in (outside / "ev.txt", inside / "way-out/ev.txt", inside / "../out/ev.txt"):
        assert "outside transports.flatstore.roots" in _refusal(store, path, trusted=False)
    assert "not a regular file" in _refusal(store, inside / "link.txt", trusted=False)
    assert "roots (none)" in _refusal(flat_folder.store(), inside / "ev.txt", trusted=False)
    await deliver(
        waiting(store.parse("flatstore", f"{inside}/ev.txt", trusted=False)).sender, notifications([1], "flat")
    )
    assert (inside / "ev.txt").read_text() == "E_T,1\n"


async def test_over_mi_a_link_made_after_the_subscription_leads_nowhere(
    flat_folder: FlatFolder, tmp_path: Path
) -> None:
    inside, outside = tmp_path / "in", tmp_path / "out"
    inside.mkdir()
    outside.mkdir()
    store = flat_folder.store(roots=(inside,))
    sender = waiting(store.parse("flatstore", f"{inside}/ev.txt", trusted=False)).sender
    (inside / "ev.txt").symlink_to(outside / "ev.txt")
    with pytest.raises(DeliveryError, match=r"ELOOP: |ENOENT: "):
        await sender.send(notifications([1], "flat"), Pad())
    (inside / "ev.txt").unlink()
    inside.rmdir()
    inside.symlink_to(outside)
    store_roots_kept = flat_folder.store(roots=(tmp_path / "elsewhere",))
    assert "outside" in _refusal(store_roots_kept, inside / "ev.txt", trusted=False)
    assert list(outside.iterdir()) == []


async def test_an_engine_tells_of_a_rotation_with_an_event_and_writes_what_was_raised(tmp_path: Path) -> None:
    file = tmp_path / "ev.txt"
    async with open_engine(events=["E_T"], transports={"flatstore": {"rotate_count": 2}}) as engine:
        watch = engine.watch(["E_FLATSTORE_ROTATION"])
        await EmbeddedBackend(engine).subscribe("E_T", f"flatstore:{file}")
        for number in range(3):
            engine.raise_event("E_T", (number,))
        seen: list[Record] = []

        def rotated() -> bool:
            seen.extend(watch.read())
            return bool(seen) and file.exists()

        await until(rotated)
        told = [dict(record.params.pairs()) for record in seen if isinstance(record, Raised)]
    assert [(news["reason"], news["filename"]) for news in told] == [("count", str(file))]
    assert file.read_text() == "E_T,2\n"
    assert Path(str(told[0]["old_filename"])).read_text() == "E_T,0\nE_T,1\n"
