"""Transports of other packages: small ones that are installed beside evtui, used, and refused."""

import json
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

SHOW = """
import asyncio, sys
import evtui

async def main():
    async with evtui.open_engine(transports={"attic": {"folder": "/a", "queue_count": 7}}) as engine:
        print(engine._transports._by_scheme["attic"].settings)

asyncio.run(main())
"""


def install(site: Path, name: str, code: str, points: str, settings: str = "") -> None:
    """Write a wheel of one module and install it, without an index and without a build."""
    wheel = site.parent / f"{name}-1.0-py3-none-any.whl"
    about = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(wheel, "w") as file:
        file.writestr(f"{name}.py", code)
        file.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        file.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        groups = f"[evtui.transports]\n{points}\n[evtui.transport_settings]\n{settings}\n"
        file.writestr(f"{about}/entry_points.txt", groups)
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
def test_a_transport_that_cannot_be_used_is_logged_and_the_others_work(
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


def configured(site: Path, toml: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Show the configuration of a file."""
    file = site.parent / "evtui.toml"
    file.write_text(toml)
    return run(site, "-m", "evtui", "config", "show", "--json", EVTUI_CONFIG=str(file), **variables)


def attic(site: Path) -> None:
    install(site, "evtui_attic", ATTIC, "attic = evtui_attic:make", "attic = evtui_attic:AtticSettings")


def test_its_settings_are_a_table_as_those_of_our_transports_are(site: Path) -> None:
    attic(site)
    toml = '[transports.attic]\nfolder = "/a"\nqueue_count = 7\nkey = "hush1"\nbroker_password = "hush2"\n'
    shown = configured(site, toml, EVTUI_TRANSPORTS_ATTIC_LEVEL="5", EVTUI_TRANSPORTS_ATTIC_SUFFIXES="a, b")
    assert (shown.returncode, shown.stderr) == (0, "")
    values = {path: (item["value"], item["origin"]) for path, item in json.loads(shown.stdout).items()}
    table = {path.rpartition(".")[2]: value for path, value in values.items() if path.startswith("transports.attic.")}
    origin = f"file:{site.parent}/evtui.toml"
    assert table.keys() >= {"overflow", "max_age", "durable"}  # those of each outbox
    assert {name: table[name] for name in ("folder", "queue_count", "suffixes", "level", "retries")} == {
        "folder": ("/a", origin),
        "queue_count": (7, origin),
        "suffixes": (["a", "b"], "environment EVTUI_TRANSPORTS_ATTIC_SUFFIXES"),
        "level": (5, "environment EVTUI_TRANSPORTS_ATTIC_LEVEL"),
        "retries": (None, "default"),
    }
    assert table["key"] == table["broker_password"] == ("***", origin)
    assert "hush" not in shown.stdout
    assert "transports.tcp.timeout" in values  # ours are as before


@pytest.mark.parametrize(
    ("line", "wrong", "why"),
    [
        ("foldr = 1", "transports.attic.foldr", "no such setting; did you mean transports.attic.folder?"),
        ("folder = 1", "transports.attic.folder", "1 is wrong; it is an absolute path"),
        ('folder = "a"', "transports.attic.folder", "'a' is not an absolute path"),
        ("queue_count = 0", "transports.attic.queue_count", "0 is wrong; it is notifications that may wait"),
        ("level = 1.5", "transports.attic.level", "1.5 is wrong: Expected `int`, got `float`"),
        ("broker_password = 918273", "transports.attic.broker_password", "the value is wrong"),
        ('suffixes = ["a", 1]', "transports.attic.suffixes[1]", "1 is wrong; it is a list of texts"),
        ("level = 10", "transports.attic.level", "there are 9 levels"),
    ],
)
def test_a_wrong_setting_of_it_is_refused_by_its_name(site: Path, line: str, wrong: str, why: str) -> None:
    attic(site)
    refused = configured(site, f"[transports.attic]\n{line}\n")
    assert refused.returncode == 2
    assert wrong in refused.stderr
    assert why in refused.stderr
    assert "918273" not in refused.stdout + refused.stderr


def test_the_transport_gets_its_settings_also_from_keywords(site: Path) -> None:
    attic(site)
    ran = run(site, "-c", SHOW)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "AtticSettings(queue_count=7," in ran.stdout
    assert "folder='/a', suffixes=('x', 'y'), key=None, broker_password=None, level=3)" in ran.stdout


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ("attic = evtui_attic:Nothing", "AttributeError: module 'evtui_attic' has no attribute 'Nothing'"),
        ("attic = evtui_attic:AtticSender", "it is not a frozen class on msgspec.Struct"),
        ("attic = evtui.core.transport:TransportInfo", "TypeError: Missing required argument 'scheme'"),
        ("tcp = evtui_attic:AtticSettings", "another transport has the table transports.tcp"),
        ("loft = evtui_attic:AtticSettings", "its package names no transport of that name"),
    ],
    ids=["name", "class", "defaults", "ours", "no-transport"],
)
def test_settings_that_cannot_be_used_are_logged_and_the_others_work(
    site: Path, tmp_path: Path, settings: str, why: str
) -> None:
    table = settings.partition(" ")[0]
    points = f"{table} = evtui_attic:make" if table == "tcp" else "attic = evtui_attic:make"
    install(site, "evtui_attic", ATTIC, points, settings)
    install(site, "evtui_shelf", SHELF, "shelf = evtui_shelf:make")
    ran = run(site, "-c", USE, str(tmp_path / "lines"))
    assert (ran.returncode, ran.stdout.splitlines()[-1]) == (0, DELIVERED)
    assert f"the transport {table} of evtui_attic 1.0 is left out: its settings cannot be used: {why}" in ran.stderr
    if table != "tcp":
        refused = configured(site, f"[transports.{table}]\nlevel = 1\n")
        assert refused.returncode == 2
        assert f"the settings of the transport {table} of evtui_attic 1.0 cannot be used: {why}" in refused.stderr
