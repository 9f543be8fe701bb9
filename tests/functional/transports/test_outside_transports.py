"""Transports of other packages: small ones that are installed beside evtui, used, and refused."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.functional.transports.outside_packages import ATTIC, PAIR, SHELF, install, run
from tests.uv import UV

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


SHOW = """
import asyncio, sys
import evtui

async def main():
    async with evtui.open_engine(transports={"attic": {"folder": "/a", "queue_count": 7}}) as engine:
        print(engine._transports._by_scheme["attic"].settings)

asyncio.run(main())
"""


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


PAIR_SOCKET = "pair:FIRST udp:127.0.0.1:9000 udp:127.0.0.1:9001"
NOWHERE = ("--mi", "unix:/tmp/evtui-no-such-server.sock")


def pair(site: Path, **groups: str) -> None:
    """Install a transport with its settings, the description of its scheme and the module whose work it does."""
    named = {"transport_infos": "pair = evtui_pair:INFOS", "transport_modules": "pair = evtui_pair:MODULES"} | groups
    install(site, "evtui_pair", PAIR, "pair = evtui_pair:make", "pair = evtui_pair:PairSettings", **named)


@pytest.mark.parametrize(
    "command",
    [
        ("subscribe", "E_T", "pair:SECOND udp:127.0.0.1:9000", *NOWHERE),
        ("unsubscribe", "E_T", "pair:SECOND udp:127.0.0.1:9000", *NOWHERE),
        ("serve", "--event", "E_T", "--subscribe", "E_T pair:SECOND udp:127.0.0.1:9000"),
    ],
    ids=["subscribe", "unsubscribe", "serve"],
)
def test_a_wrong_socket_of_it_is_refused_by_its_part_before_a_server_is_asked(site: Path, command: str) -> None:
    pair(site)
    refused = run(site, "-m", "evtui", *command)
    assert refused.returncode == 2, refused.stderr
    assert "write pair:FIRST SOCKET SOCKET" in refused.stderr


def test_a_wrong_member_of_its_socket_is_refused_by_its_number(site: Path) -> None:
    pair(site)
    refused = run(site, "-m", "evtui", "subscribe", "E_T", "pair:FIRST udp:a:1 udp:a:0", *NOWHERE)
    assert refused.returncode == 2
    assert "member 2: port: not a number from 1 to 65535" in refused.stderr


def test_a_subscription_of_the_configuration_knows_where_its_socket_ends(site: Path) -> None:
    pair(site)
    shown = configured(site, f'events = ["E_T"]\nsubscribe = ["E_T {PAIR_SOCKET} 60"]\n')
    assert (shown.returncode, shown.stderr) == (0, "")
    assert json.loads(shown.stdout)["subscribe"]["value"] == [f"E_T {PAIR_SOCKET} 60"]


SCRIPT = f"""loadmodule "event_pair.so"
modparam("event_pair", "level", 7)
modparam("event_pair", "colour", "red")
modparam("event_pair", "levle", 1)
modparam("event_pair", "retries", 2)
startup_route {{
    subscribe_event("E_CORE_LOG", "{PAIR_SOCKET}");
    subscribe_event("E_CORE_LOG", "pair:SECOND");
}}
"""


def test_the_check_of_a_script_knows_its_module_and_its_sockets(site: Path, tmp_path: Path) -> None:
    pair(site)
    script = tmp_path / "x.cfg"
    script.write_text(SCRIPT)
    checked = run(site, "-m", "evtui", "script", "check", str(script), "--json")
    assert (checked.returncode, checked.stderr) == (0, "")
    (found,) = json.loads(checked.stdout)["files"]
    places = {finding["line"]: finding["text"] for finding in found["findings"]}
    assert places.keys() == {3, 4, 8}
    assert places[3] == "event_pair's parameter colour is not used here: it changes nothing in evtui"
    assert places[4] == "event_pair has no parameter levle: did you mean level?"
    assert "path" in places[8]


def test_the_modparams_of_a_script_are_its_settings(site: Path, tmp_path: Path) -> None:
    pair(site)
    script = tmp_path / "x.cfg"
    script.write_text(SCRIPT)
    shown = configured(site, f'[script]\nfiles = ["{script}"]\n')
    assert (shown.returncode, shown.stderr) == (0, "")
    values = json.loads(shown.stdout)
    assert values["transports.pair.level"] == {"value": 7, "origin": f"script {script}:2"}
    assert values["transports.pair.retries"] == {"value": 2, "origin": f"script {script}:5"}


@pytest.mark.parametrize(
    ("groups", "why"),
    [
        ({"transport_infos": "pair = evtui_pair:No"}, "its infos cannot be used: AttributeError: module 'evtui_pair'"),
        ({"transport_infos": "pair = evtui_pair:make"}, "its infos cannot be used: it is not a tuple of TransportInfo"),
        ({"transport_infos": "pair = evtui.transports.datagram.settings:INFOS"}, "another transport has the scheme"),
        ({"transport_infos": "pear = evtui_pair:INFOS"}, "its package names no transport of that name"),
        ({"transport_modules": "pair = evtui_pair:INFOS"}, "its modules cannot be used: it is not a tuple of Script"),
        (
            {"transport_modules": "pair = evtui.transports.virtual.settings:MODULES"},
            "its modules cannot be used: another transport has the module event_virtual",
        ),
    ],
    ids=["name", "no-tuple", "ours", "no-transport", "no-modules", "our-module"],
)
def test_descriptions_that_cannot_be_used_are_logged_and_the_others_work(
    site: Path, tmp_path: Path, groups: dict[str, str], why: str
) -> None:
    pair(site, **groups)
    install(site, "evtui_shelf", SHELF, "shelf = evtui_shelf:make")
    ran = run(site, "-c", USE, str(tmp_path / "lines"))
    assert (ran.returncode, ran.stdout.splitlines()[-1]) == (0, DELIVERED)
    (line,) = ran.stderr.splitlines()
    assert why in line
    refused = run(site, "-m", "evtui", "subscribe", "E_T", "unix:relative", *NOWHERE)
    assert (refused.returncode, refused.stderr.count("left out")) == (2, 0)


def test_infos_that_are_not_those_of_the_transport_leave_it_out(site: Path, tmp_path: Path) -> None:
    install(site, "evtui_pair", PAIR, "pair = evtui_pair:make")
    other = SHELF.replace('"lines of a file"', '"other lines"') + "\nINFOS = ()\n"
    install(site, "evtui_other", other, "other = evtui_other:make", transport_infos="other = evtui_other:INFOS")
    ran = run(
        site,
        "-c",
        "import asyncio, evtui\nasync def main():\n async with evtui.open_engine(): pass\nasyncio.run(main())",
    )
    assert ran.returncode == 0
    assert "its infos are not those that its package names in the group evtui.transport_infos" in ran.stderr
