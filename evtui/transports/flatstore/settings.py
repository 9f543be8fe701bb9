"""How flatstore sockets are described, and their settings."""

from typing import Annotated, Final, Literal, TypeAlias

from msgspec import Meta

from evtui.core.transport import TransportInfo
from evtui.transports.common_settings import ABSOLUTE_PATHS, OutboxSettings, ScriptModule

INFOS: Final = (
    TransportInfo(
        "flatstore",
        "flatstore:/PATH[?OPTIONS]",
        "flatstore:/var/log/events.txt",
        "one line a notification, appended to a file: EVENT,value,value",
        (
            "delimiter=TEXT: what stands between values",
            "escape_delimiter=TEXT: what stands for a delimiter in a value, instead of a backslash before it",
            "suppress_event_name: leave out the event's name",
            "durable: what was accepted outlives a crash",
        ),
        form="path",
        secret=False,
    ),
)
MODULES: Final = (
    ScriptModule(
        "event_flatstore",
        (
            "max_open_sockets", "delimiter", "file_permissions", "suppress_event_name", "rotate_period", "rotate_count",
            "rotate_size", "suffix", "escape_delimiter",
        ),
        octal=("file_permissions",),
        texts=("rotate_size",),
    ),
)  # fmt: skip

WRITE_TIMEOUT: Final = 10.0
"""Seconds a disk may take for one write before it counts as hanging."""

Fsync: TypeAlias = Literal["never", "batch", "second"]

_UNITS: Final = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3}


class FlatstoreSettings(OutboxSettings, frozen=True):
    """Flat files: how lines are written, how files are made, kept and rotated."""

    max_open_sockets: Annotated[int, Meta(ge=1, description="files open at once, a whole number from 1")] = 100
    delimiter: Annotated[
        str,
        Meta(
            pattern=r"^[^\\\r\nnr][^\\\r\n]*\Z",
            description='the text between values, ",": no backslash, no line end, not n or r at its start',
        ),
    ] = ","
    escape_delimiter: Annotated[
        Annotated[str, Meta(pattern=r"^[^\\\r\n]+\Z")] | None,
        Meta(description="what stands for the delimiter in a value; left out: a backslash before it"),
    ] = None
    file_permissions: Annotated[
        str, Meta(pattern=r"^(0o?)?[0-7]{3}\Z", description='the octal mode of the files as text, "644"')
    ] = "644"
    suppress_event_name: Annotated[bool, Meta(description="true or false: leave out the event's name")] = False
    rotate_period: Annotated[int, Meta(ge=0, description="seconds after which a file is rotated, 0 for never")] = 0
    rotate_count: Annotated[int, Meta(ge=0, description="lines after which a file is rotated, 0 for never")] = 0
    rotate_size: Annotated[
        str,
        Meta(
            pattern=r"^[0-9]{1,15}[kKmMgG]?\Z",
            description='bytes a file may have, also with k, m or g, "10m"; "0" for any number',
        ),
    ] = "0"
    suffix: Annotated[
        Annotated[str, Meta(pattern=r"^[^/\x00]+\Z")] | None,
        Meta(
            description='what is put behind the name of the written file, in strftime\'s signs, ".%Y%m%d"; '
            "left out: the name stays, a full file is moved aside"
        ),
    ] = None
    fsync: Annotated[Fsync, Meta(description='"never", "batch" or "second": when lines go to the disk')] = "never"
    roots: Annotated[
        tuple[str, ...],
        Meta(
            description="a list of directories: where files named over the management interface may be",
            extra=ABSOLUTE_PATHS,
        ),
    ] = ()

    @property
    def batch_timeout(self) -> float | None:
        """Return the seconds a disk may take for one write."""
        return WRITE_TIMEOUT

    @property
    def mode(self) -> int:
        """Return the permissions of new files."""
        return int(self.file_permissions, 8)

    @property
    def rotate_bytes(self) -> int:
        """Return the bytes a file may have, 0 for any number; `k`, `m` and `g` are powers of 1024."""
        digits = self.rotate_size.rstrip("kKmMgG")
        return int(digits) * _UNITS[self.rotate_size[len(digits) :].lower()]
