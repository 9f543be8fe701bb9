"""Flat files: one line for each notification, appended by worker threads, so that a slow disk delays nothing else.

`flatstore:/PATH[?delimiter=D&escape_delimiter=E&suppress_event_name&durable]`, as event_flatstore has them.
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
from evtui.core.transport import Notification, Queued, Settle, Target, TransportInfo
from evtui.core.values import Socket
from evtui.transports.flatstore.flat_file import FileSettings, FlatFile, Written
from evtui.transports.flatstore.grammar import FlatSocket, parse_flat
from evtui.transports.flatstore.rotation import Rotated, Rotation, is_below
from evtui.transports.flatstore.settings import INFOS, FlatstoreSettings
from evtui.transports.settled_places import settle_delivered
from evtui.transports.system_errors import reason_of

WINDOW: Final = 4096
"""Lines of one write."""


class UnknownFileError(RequestError):
    """A request to rotate a file that no subscription writes."""

    def __init__(self, path: str) -> None:
        super().__init__(f"no subscription writes the file {path!r}")
        self.path = path


class _Append:
    """One append in a worker thread. The thread goes on when the task that waits for it is cancelled."""

    def __init__(self, file: FlatFile, notifications: Sequence[Notification], to_close: Sequence[FlatFile]) -> None:
        self._file = file
        self._notifications = notifications
        self._to_close = to_close
        self._started = threading.Lock()
        """Taken once: by the thread that runs it, or by `cancel` before that."""
        self.written: Written | None = None

    def run(self) -> None:
        """Write the lines. Runs in the thread."""
        if not self._started.acquire(blocking=False):
            return
        written = Written(0, "the write failed")
        try:
            for unused in self._to_close:
                unused.close(wait=False)
            written = self._file.append([notification.payload for notification in self._notifications])
        finally:
            self.written = written

    def cancel(self) -> bool:
        """Keep it from starting; returns False when it has started. Then it ends by itself."""
        return self._started.acquire(blocking=False)

    def written_ids(self) -> set[str]:
        """Return the message ids of the notifications whose lines are complete in the file."""
        lines = self.written.lines if self.written else 0
        return {notification.message_id for notification in self._notifications[:lines]}


class FlatFileSender:
    """Appends to one file."""

    window = WINDOW

    def __init__(self, store: "FlatstoreTransport", file: FlatFile, *, confirms: bool) -> None:
        self._store = store
        self._file = file
        self._job: _Append | None = None
        self.confirms = confirms
        """Whether a settled line is on the disk: only with fsync `batch`."""
        self._writes = False
        self._join()

    async def send(self, batch: Sequence[Notification], settle: Settle) -> None:
        """Append the lines with one write.

        raises DeliveryError: ENOSPC, EACCES …, or an earlier write still hangs. When it is cancelled, a write that has
        begun goes on; if it ends well, its lines are not written again.
        """
        self._join()
        left = self._settle_earlier(batch, settle)
        job = self._job = _Append(self._file, [batch[place] for place in left], self._store.make_room(self._file))
        try:
            await to_thread.run_sync(job.run, abandon_on_cancel=True)
        except BaseException:
            if job.cancel():
                self._job = None
            raise
        self._job = None
        self._store.report(self._file)
        assert job.written is not None
        settle_delivered(settle, left[: job.written.lines])
        if job.written.error is not None:
            raise DeliveryError(job.written.error)

    async def aclose(self) -> None:
        """Stop writing the file and close it."""
        if self._writes:
            self._writes = False
            self._store.leave(self._file)
        await to_thread.run_sync(self._file.close, abandon_on_cancel=True)

    def _join(self) -> None:
        if not self._writes:
            self._writes = True
            self._store.join(self._file)

    def _settle_earlier(self, batch: Sequence[Notification], settle: Settle) -> list[int]:
        """Settle what an earlier, cancelled write has written meanwhile; returns the places that are left."""
        job = self._job
        if job is None:
            return list(range(len(batch)))
        if job.written is None:
            raise DeliveryError("the disk does not answer")
        written, self._job = job.written_ids(), None
        left: list[int] = []
        for place, notification in enumerate(batch):
            if notification.message_id in written:
                settle(place, None)
            else:
                left.append(place)
        return left


class FlatstoreTransport:
    """The transport of flat files. Subscriptions of one path share its file; the number of open files is bounded."""

    def __init__(
        self,
        settings: FlatstoreSettings,
        *,
        wall: Clock,
        rotated: Callable[[Rotated], None] = lambda _rotation: None,
    ) -> None:
        """`rotated` is called after each rotation, in the thread of the loop.

        A file that is being written is not closed to make room, so there may be a few more than the settings allow.
        raises BadSettingError: `escape_delimiter` holds the delimiter.
        """
        self._settings = settings
        self._layout = _layout(settings)
        self._file_settings = _file_settings(settings, wall)
        self._roots = tuple(map(Path, settings.roots))
        self._files: WeakValueDictionary[tuple[str, bool], FlatFile] = WeakValueDictionary()
        self._lock = threading.Lock()
        """Guards the files and their writers, because targets are opened in worker threads."""
        self._writers: Counter[FlatFile] = Counter()
        self._used: OrderedDict[FlatFile, None] = OrderedDict()
        self.rotated = rotated
        """Called after each rotation; may be set later."""

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

    def close(self) -> None:
        """Close the files that are not being written at this moment."""
        for file in list(self._used):
            file.close(wait=False)
        self._used.clear()

    async def rotate(self, path: str) -> None:
        """Rotate a file now, as `evi_flat_rotate` does. A file that was never written is left as it is.

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
        """Count a file as used; returns those that must be closed for it, the longest unused first."""
        self._used[file] = None
        self._used.move_to_end(file)
        to_close: list[FlatFile] = []
        while len(self._used) > self._settings.max_open_sockets:
            unused, _ = self._used.popitem(last=False)
            to_close.append(unused)
        return to_close

    def join(self, file: FlatFile) -> None:
        """Count one more sender that writes a file."""
        with self._lock:
            self._writers[file] += 1

    def leave(self, file: FlatFile) -> None:
        """Count one sender less."""
        with self._lock:
            self._writers[file] -= 1
            if not self._writers[file]:
                del self._writers[file]
        self._used.pop(file, None)

    def report(self, file: FlatFile) -> None:
        """Report the rotations of a file since the last call."""
        for rotation in file.take_rotations():
            self.rotated(rotation)

    def _open(self, text: str, found: FlatSocket, trusted: bool) -> Queued:
        path = found.path
        self._check(text, path, trusted=trusted)
        with self._lock:
            file = self._files.get((path, trusted))
            if file is None:
                file = self._files[path, trusted] = FlatFile(
                    path, self._file_settings, None if trusted else self._roots
                )
        sender = FlatFileSender(self, file, confirms=self._file_settings.fsync == "batch")
        return Queued(sender, self._settings.policy(durable=found.durable))

    def _check(self, text: str, path: str, *, trusted: bool) -> None:
        """Check the directory, and what exists under the name."""
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


def _file_settings(settings: FlatstoreSettings, wall: Clock) -> FileSettings:
    rotation = Rotation(settings.rotate_bytes, settings.rotate_period, settings.rotate_count, settings.suffix)
    return FileSettings(wall, settings.mode, settings.fsync, rotation)
