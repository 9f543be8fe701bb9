"""Transports of other packages: small ones that are installed beside evtui, used, and refused."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

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

USE = """
import asyncio, sys
from pathlib import Path
import evtui

async def main():
    path = Path(sys.argv[1])
    async with evtui.open_engine(events=["E_T"]) as engine:
        print(*[info.scheme for info in engine.transport_infos()])
        engine.subscribe("E_T", f"shelf:{path}")
        engine.subscribe("E_T", f"virtual:FAILOVER tcp:127.0.0.1:1 shelf:{path}.second")
        try:
            engine.subscribe("E_T", "shelf:relative")
        except evtui.BadSocketError as error:
            print(error.part)
        engine.raise_event("E_T", {"n": 1})
    print(path.read_text() == Path(f"{path}.second").read_text() != "", path.read_text(), end="")

asyncio.run(main())
"""


DELIVERED = 'True {"jsonrpc":"2.0","method":"E_T","params":{"n":1}}'


def install(site: Path, name: str, code: str, points: str) -> None:
    """Write a wheel of one module and install it, without an index and without a build."""
    wheel = site.parent / f"{name}-1.0-py3-none-any.whl"
    about = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(wheel, "w") as file:
        file.writestr(f"{name}.py", code)
        file.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        file.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        file.writestr(f"{about}/entry_points.txt", f"[evtui.transports]\n{points}\n")
        file.writestr(f"{about}/RECORD", "".join(f"{name},,\n" for name in [*file.namelist(), f"{about}/RECORD"]))
    command = [UV, "pip", "install", "--quiet", "--offline", "--no-deps", "--python", sys.executable]
    done = subprocess.run(
        [*command, "--target", str(site), str(wheel)], capture_output=True, text=True, check=False, timeout=HANG
    )
    assert done.returncode == 0, done.stderr


def run(site: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": f"{site}{os.pathsep}{ROOT}"}
    return subprocess.run(
        [sys.executable, *command], capture_output=True, text=True, check=False, timeout=HANG, env=environment
    )


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """The directory that packages are installed into."""
    if not Path(UV).exists():
        pytest.skip("uv is not on the PATH")
    place = tmp_path / "site"
    place.mkdir()
    return place


def test_a_transport_of_an_installed_package_is_subscribed_and_delivers(site: Path, tmp_path: Path) -> None:
    install(site, "evtui_shelf", SHELF, "shelf = evtui_shelf:make")
    ran = run(site, "-c", USE, str(tmp_path / "lines"))
    assert (ran.returncode, ran.stderr) == (0, "")
    listed, part, delivered = ran.stdout.splitlines()
    assert listed.split()[-1] == "shelf"  # after ours
    assert (part, delivered) == ("path", DELIVERED)
    listing = run(site, "-m", "evtui", "transports")
    assert "shelf: lines of a file\n  shelf:/PATH\n  as shelf:/tmp/x\n" in listing.stdout


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("import evtui_no_such_module", "ModuleNotFoundError: No module named 'evtui_no_such_"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("", "AttributeError: module 'evtui_bad' has no attribute 'make'"),
        ("def make(context): return 1", "AttributeError: 'int' object has no attribute"),
        (SHELF.replace("def parse", "def read"), "TypeError: it has no method parse"),
        (SHELF.replace('"shelf"', '"udp"'), "another transport has the scheme udp"),
    ],
    ids=["import", "code", "name", "no-transport", "method", "scheme"],
)
def test_one_that_cannot_be_used_is_told_and_costs_the_others_nothing(
    site: Path, tmp_path: Path, code: str, why: str
) -> None:
    install(site, "evtui_bad", code, "bad = evtui_bad:make")
    install(site, "evtui_shelf", SHELF, "shelf = evtui_shelf:make")
    ran = run(site, "-c", USE, str(tmp_path / "lines"))
    assert (ran.returncode, ran.stdout.splitlines()[-1]) == (0, DELIVERED)
    (line,) = ran.stderr.splitlines()
    assert line.startswith(f"the transport bad of evtui_bad 1.0 is left out: {why}")


def test_two_packages_with_one_scheme_leave_the_first(site: Path, tmp_path: Path) -> None:
    install(site, "evtui_shelf", SHELF, "shelf = evtui_shelf:make")
    install(site, "evtui_shelf_too", SHELF, "shelf_too = evtui_shelf_too:make")
    ran = run(site, "-c", USE, str(tmp_path / "lines"))
    assert (ran.returncode, ran.stdout.splitlines()[-1]) == (0, DELIVERED)
    (line,) = ran.stderr.splitlines()
    assert line == "the transport shelf_too of evtui_shelf_too 1.0 is left out: another transport has the scheme shelf"
