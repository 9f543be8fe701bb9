"""Small packages with transports, and how they are installed beside evtui: without an index and without a build."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

from tests.limits import HANG
from tests.paths import ROOT
from tests.uv import UV

SHELF = '''
"""shelf: a line for each notification in a file, by a sender that never fails."""

from pathlib import Path

from evtui.core.errors import BadSocketError
from evtui.core.transport import Queued, Target, TransportInfo
from evtui.core.values import Socket


class ShelfSender:
    window = 10
    confirms = True

    def __init__(self, path):
        self._path = path

    async def send(self, batch, settle):
        with self._path.open("ab") as file:
            for place, notification in enumerate(batch):
                file.write(notification.payload + b"\\n")
                settle(place, None)

    async def aclose(self):
        pass


class ShelfTransport:
    infos = (TransportInfo("shelf", "shelf:/PATH", "shelf:/tmp/x", "lines of a file"),)

    def parse(self, scheme, address, *, trusted):
        if not address.startswith("/"):
            raise BadSocketError(f"{scheme}:{address}", "path", "it must be absolute")
        return Target(Socket(scheme, address), "jsonrpc", lambda: Queued(ShelfSender(Path(address))))

    def close(self):
        pass


def make(context):
    assert context.payload == "jsonrpc"
    return ShelfTransport()
'''

ATTIC = SHELF.replace("shelf", "attic").replace("Shelf", "Attic").replace(
    '\nclass AtticSender',
    '''
from typing import Annotated

from msgspec import Meta

from evtui.core.errors import BadSettingError
from evtui.transports.common_settings import SECRET, OutboxSettings, check_absolute


class AtticSettings(OutboxSettings, frozen=True):
    folder: Annotated[str, Meta(description="an absolute path", extra={"check": check_absolute})] = "/tmp"
    suffixes: Annotated[tuple[str, ...], Meta(description="a list of texts")] = ("x", "y")
    key: Annotated[str | None, Meta(description="text", extra=SECRET)] = None
    broker_password: str | None = None
    level: int = 3


class AtticSender''', 1).replace(
    "    return AtticTransport()",
    """    if context.own.level > 9:
        raise BadSettingError("transports.attic.level", "there are 9 levels", "configuration")
    transport = AtticTransport()
    transport.settings = context.own
    return transport""",
)  # fmt: skip
"""As SHELF, with settings."""

PAIR = SHELF.replace("shelf", "pair").replace("Shelf", "Pair").replace(
    'infos = (TransportInfo("pair", "pair:/PATH", "pair:/tmp/x", "lines of a file"),)', "infos = INFOS"
).replace(
    "\nclass PairSender",
    """
from evtui.transports.common_settings import OutboxSettings, ScriptModule


class Pieces:
    def __init__(self, address):
        if not address.startswith("FIRST "):
            raise BadSocketError("pair:…", "kind", "write pair:FIRST SOCKET SOCKET")
        self.members = tuple(address.split()[1:])

    def bad_member(self, number, why):
        return BadSocketError("pair:…", f"member {number}", why)


INFOS = (
    TransportInfo("pair", "pair:FIRST SOCKET …", "pair:FIRST udp:127.0.0.1:9000", "the first of two", form="members",
                  secret=False, split_members=Pieces),
)


class PairSettings(OutboxSettings, frozen=True):
    level: int = 3


MODULES = (ScriptModule("event_pair", ("level", "retries"), ignored=("colour",)),)


class PairSender""", 1,
).replace('if not address.startswith("/")', 'if not address.startswith("FIRST ")').replace(
    "Path(address)", 'Path("/dev/null")'
)  # fmt: skip
"""As SHELF, a socket made of others, with everything that a package may say of its transport without loading it."""


def install(site: Path, name: str, code: str, points: str, settings: str = "", **groups: str) -> None:
    """Write a wheel of one module with entry points, `settings` and `groups` as `transport_infos`, and install it."""
    wheel = site.parent / f"{name}-1.0-py3-none-any.whl"
    about = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(wheel, "w") as file:
        file.writestr(f"{name}.py", code)
        file.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        file.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        named = {"transports": points, "transport_settings": settings, **groups}
        file.writestr(
            f"{about}/entry_points.txt", "".join(f"[evtui.{group}]\n{line}\n" for group, line in named.items())
        )
        file.writestr(f"{about}/RECORD", "".join(f"{name},,\n" for name in [*file.namelist(), f"{about}/RECORD"]))
    command = [UV, "pip", "install", "--quiet", "--offline", "--no-deps", "--python", sys.executable]
    done = subprocess.run(
        [*command, "--target", str(site), str(wheel)], capture_output=True, text=True, check=False, timeout=HANG
    )
    assert done.returncode == 0, done.stderr


def run(site: Path, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": f"{site}{os.pathsep}{ROOT}", **variables}
    return subprocess.run(
        [sys.executable, *command], capture_output=True, text=True, check=False, timeout=HANG, env=environment
    )
