"""Flat files: a line a notification, appended by worker threads so that a slow disk costs nobody else anything.

`flatstore:/PATH[?delimiter=D&escape_delimiter=E&suppress_event_name&durable]`, as event_flatstore without its faults.
"""

import stat
import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final
from weakref import WeakValueDictionary

from anyio import to_thread

from evtui.codecs.flat import Layout
from evtui.codecs.payload import codec
from evtui.core.errors import BadSettingError, BadSocketError, DeliveryError, RequestError
from evtui.core.ports import Clock
from evtui.core.transport import FanOut, Notification, Queued, Settle, Sink, Target, TransportInfo
from evtui.core.values import Socket
from evtui.transports.flatstore.flat_file import FlatFile, Manner, Written
from evtui.transports.flatstore.grammar import FlatSocket, parse_flat
from evtui.transports.flatstore.rotation import Rotated, Rotation, is_below
from evtui.transports.flatstore.settings import INFOS, FlatstoreSettings
from evtui.transports.system_errors import reason_of

WINDOW: Final = 4096
"""Lines of one write."""


class UnknownFileError(RequestError):
    """A rotation was asked for a file that no subscription writes."""

    def __init__(self, path: str) -> None:
        super().__init__(f"no subscription writes the file {path!r}")
        self.path = path


class _Job:
    """One append on its way through a worker thread, which goes on when nobody waits for it any more."""

    def __init__(self, file: FlatFile, notifications: Sequence[Notification], victims: Sequence[FlatFile]) -> None:
        self._file = file
        self._notifications = notifications
        self._victims = victims
        self._claim = threading.Lock()
        """Taken by the thread that runs it, or by whoever gives it up before."""
        self.written: Written | None = None

    def run(self) -> None:
        """Write; the thread's part."""
        if not self._claim.acquire(blocking=False):
            return
        written = Written(0, "the write failed")
        try:
            for victim in self._victims:
                victim.close(wait=False)
            written = self._file.append([notification.payload for notification in self._notifications])
        finally:
            self.written = written

    def give_up(self) -> bool:
        """Keep it from starting; False: it has started and will end by itself."""
        return self._claim.acquire(blocking=False)

    def landed(self) -> set[str]:
        """Return the message ids of the notifications that are whole in the file."""
        lines = self.written.lines if self.written else 0
        return {notification.message_id for notification in self._notifications[:lines]}


class FlatFileSender:
    """The way into one file."""

    window = WINDOW

    def __init__(self, store: "FlatstoreTransport", file: FlatFile, *, confirms: bool) -> None:
        self._store = store
        self._file = file
        self._job: _Job | None = None
        self.confirms = confirms
        """Whether a settled line is on the disk: with fsync `batch`."""
        self._writes = False
        self._join()

    async def send(self, batch: Sequence[Notification], settle: Settle) -> None:
        """Append the lines with one write.

        raises DeliveryError: ENOSPC, EACCES … or a write begun earlier still hangs. Cancelled, a write that has begun
        goes on; its lines are not written again when it ends well.
        """
        self._join()
        left = self._settle_earlier(batch, settle)
        job = self._job = _Job(self._file, [batch[place] for place in left], self._store.make_room(self._file))
        try:
            await to_thread.run_sync(job.run, abandon_on_cancel=True)
        except BaseException:
            if job.give_up():
                self._job = None
            raise
        self._job = None
        self._store.report(self._file)
        assert job.written is not None
        for place in left[: job.written.lines]:
            settle(place, None)
        if job.written.error is not None:
            raise DeliveryError(job.written.error)

    async def aclose(self) -> None:
        """Let go of the file."""
        if self._writes:
            self._writes = False
            self._store.leave(self._file)
        await to_thread.run_sync(self._file.close, abandon_on_cancel=True)

    def _join(self) -> None:
        if not self._writes:
            self._writes = True
            self._store.join(self._file)

    def _settle_earlier(self, batch: Sequence[Notification], settle: Settle) -> list[int]:
        """Settle what a write that nobody waited for has written since; returns the places that are left."""
        job = self._job
        if job is None:
            return list(range(len(batch)))
        if job.written is None:
            raise DeliveryError("the disk does not answer")
        landed, self._job = job.landed(), None
        left: list[int] = []
        for place, notification in enumerate(batch):
            if notification.message_id in landed:
                settle(place, None)
            else:
                left.append(place)
        return left


class FlatstoreTransport:
    """The transport of flat files. Subscriptions of one path share its file; at most so many are open at once."""

    def __init__(
        self,
        settings: FlatstoreSettings,
        *,
        wall: Clock,
        rotated: Callable[[Rotated], None] = lambda _news: None,
    ) -> None:
        """`rotated` is told of each rotation, in the loop's thread.

        A file that is being written when room is made stays open, so that there may be a few more than the settings
        allow. raises BadSettingError: what stands for the delimiter holds it.
        """
        self._settings = settings
        self._layout = _layout(settings)
        self._manner = _manner(settings, wall)
        self._roots = tuple(map(Path, settings.roots))
        self._files: WeakValueDictionary[tuple[str, bool], FlatFile] = WeakValueDictionary()
        self._lock = threading.Lock()
        """Around the files and their writers: targets are opened in worker threads."""
        self._writers: Counter[FlatFile] = Counter()
        self._used: OrderedDict[FlatFile, None] = OrderedDict()
        self.rotated = rotated
        """Whom to tell; a composition may set it later."""

    @property
    def infos(self) -> tuple[TransportInfo, ...]:
        """Describe flatstore."""
        return INFOS

    def parse(self, scheme: str, address: str, *, trusted: bool) -> Target:
        """Understand a flatstore socket.

        raises BadSocketError.
        """
        found = parse_flat(address, self._layout)
        text = f"{scheme}:{found.address}"
        opener = partial(self._open, text, found, trusted)
        return Target(Socket(scheme, found.address), codec("flat", **found.layout.options), opener, blocks=True)

    def fan_out(self, sinks: Sequence[Sink]) -> FanOut:
        """Serve nobody: a file is no Sink."""
        raise NotImplementedError

    def close(self) -> None:
        """Close the files that nobody writes at this moment."""
        for file in list(self._used):
            file.close(wait=False)
        self._used.clear()

    async def rotate(self, path: str) -> None:
        """Rotate a file now, as `evi_flat_rotate` does; one that was never written has nothing to rotate.

        raises UnknownFileError, DeliveryError.
        """
        with self._lock:
            files = [file for file in self._writers if file.path == path]
        if not files:
            raise UnknownFileError(path)
        for file in files:
            await to_thread.run_sync(file.rotate, abandon_on_cancel=True)
            self.report(file)

    def make_room(self, file: FlatFile) -> list[FlatFile]:
        """Count a file as used; returns those that have to be closed for it, the longest unused first."""
        self._used[file] = None
        self._used.move_to_end(file)
        victims: list[FlatFile] = []
        while len(self._used) > self._settings.max_open_sockets:
            victim, _ = self._used.popitem(last=False)
            victims.append(victim)
        return victims

    def join(self, file: FlatFile) -> None:
        """Count one more who writes a file."""
        with self._lock:
            self._writers[file] += 1

    def leave(self, file: FlatFile) -> None:
        """Count one less."""
        with self._lock:
            self._writers[file] -= 1
            if not self._writers[file]:
                del self._writers[file]
        self._used.pop(file, None)

    def report(self, file: FlatFile) -> None:
        """Tell of the rotations of a file."""
        for news in file.take_news():
            self.rotated(news)

    def _open(self, text: str, found: FlatSocket, trusted: bool) -> Queued:
        path = found.path
        self._check(text, path, trusted=trusted)
        with self._lock:
            file = self._files.get((path, trusted))
            if file is None:
                file = self._files[path, trusted] = FlatFile(path, self._manner, None if trusted else self._roots)
        sender = FlatFileSender(self, file, confirms=self._manner.fsync == "batch")
        return Queued(sender, self._settings.policy(durable=found.durable))

    def _check(self, text: str, path: str, *, trusted: bool) -> None:
        """Look at the directory and at what is there under the name."""
        folder = Path(path).parent
        try:
            if not trusted and not is_below(folder.resolve(), self._roots):
                roots = ", ".join(map(str, self._roots)) or "none"
                raise BadSocketError(text, "path", f"outside transports.flatstore.roots ({roots})")
            if not folder.is_dir():
                raise BadSocketError(text, "path", f"there is no directory {folder}: make it first")
            found = Path(path).stat() if trusted else Path(path).lstat()
        except FileNotFoundError:
            return
        except OSError as error:
            raise BadSocketError(text, "path", reason_of(error)) from error
        if not stat.S_ISREG(found.st_mode):
            kind = "a directory" if stat.S_ISDIR(found.st_mode) else "not a regular file"
            raise BadSocketError(text, "path", f"it is {kind}: name a file")


def _layout(settings: FlatstoreSettings) -> Layout:
    try:
        return Layout(settings.delimiter, settings.escape_delimiter or "", bare=settings.suppress_event_name)
    except ValueError as error:
        raise BadSettingError("transports.flatstore.escape_delimiter", str(error), "configuration") from error


def _manner(settings: FlatstoreSettings, wall: Clock) -> Manner:
    rotation = Rotation(settings.rotate_bytes, settings.rotate_period, settings.rotate_count, settings.suffix)
    return Manner(wall, settings.mode, settings.fsync, rotation)
