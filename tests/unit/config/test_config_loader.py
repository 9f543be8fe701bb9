"""The configuration: where values come from, and every way they can be wrong."""

from pathlib import Path

import pytest

from evtui.config.config_loader import load_config
from evtui.config.schema import Config
from evtui.config.setting_sources import GivenSetting, from_tree
from evtui.config.setting_tree import all_settings
from evtui.core.errors import BadSettingError
from tests.unit.config.transport_examples import examples

RIGHT: dict[str, str] = {
    "events": 'events = ["E_A", "E_B"]',
    "subscribe": 'subscribe = ["E_A udp:127.0.0.1:9000", "E_B unix:/tmp/b?payload=text 60"]',
    "payload": 'payload = "text"',
    "read_only": "read_only = true",
    "log_file": 'log_file = "/tmp/log"',
    "log_format": 'log_format = "json"',
    "static_events": "static_events = false",
    "journal.records": "journal = { records = 1 }",
    "journal.bytes": "journal = { bytes = 4096 }",
    "mi.listen": "mi = { listen = false }",
    "mi.fifo": 'mi = { fifo = "/tmp/f" }',
    "mi.fifo_mode": 'mi = { fifo_mode = "0660" }',
    "mi.reply_dir": 'mi = { reply_dir = "/run" }',
    "mi.datagram": 'mi = { datagram = ["udp:[::1]:8080", "unix:/tmp/s"] }',
    "mi.http": 'mi = { http = "localhost:8888" }',
    "mi.watch": 'mi = { watch = "/run/evtui/mi.watch" }',
    "mi.watch_readers": "mi = { watch_readers = 5 }",
    "mi.http_root": 'mi = { http_root = "opensips/mi" }',
    "mi.xmlrpc_root": 'mi = { xmlrpc_root = "/RPC" }',
    "mi.http_hosts": 'mi = { http_hosts = ["mi.example.org"] }',
    "mi.http_token": 'mi = { http_token = "quiet" }',
    "mi.http_connections": "mi = { http_connections = 8 }",
    "mi.http_connections_per_address": "mi = { http_connections_per_address = 2 }",
    "mi.http_header_timeout": "mi = { http_header_timeout = 1.5 }",
    "mi.http_idle_timeout": "mi = { http_idle_timeout = 1.5 }",
    "mi.http_write_timeout": "mi = { http_write_timeout = 1.5 }",
    "mi.http_unread_bytes": "mi = { http_unread_bytes = 4096 }",
    "mi.open": "mi = { open = true }",
    "mi.max_batch": "mi = { max_batch = 16 }",
    "mi.max_reply": "mi = { max_reply = 65536 }",
    "mi.max_request": "mi = { max_request = 1024 }",
    "service.http": 'service = { http = "127.0.0.1:9464" }',
    "service.token": 'service = { token = "quiet" }',
    "service.open": "service = { open = true }",
    "web.listen": 'web = { listen = "127.0.0.1:8023" }',
    "web.token": 'web = { token = "quiet" }',
    "web.operator_token": 'web = { operator_token = "quiet" }',
    "web.hosts": 'web = { hosts = ["events.example.org"] }',
    "web.cert_file": 'web = { cert_file = "/etc/evtui/web.pem" }',
    "web.key_file": 'web = { key_file = "/etc/evtui/web.key" }',
    "web.connections": "web = { connections = 8 }",
    "web.connections_per_address": "web = { connections_per_address = 2 }",
    "web.grace": "web = { grace = 5 }",
    "engine.state": 'engine = { state = "/tmp/state" }',
    "engine.spool": 'engine = { spool = "/tmp/spool.db" }',
    "engine.subscriptions": "engine = { subscriptions = 10 }",
    "engine.destinations": "engine = { destinations = 10 }",
    "engine.queue_bytes": "engine = { queue_bytes = 1048576 }",
    "engine.keep_ended": "engine = { keep_ended = 5 }",
    "engine.drain": "engine = { drain = 0.5 }",
    "transports.datagram.allow": 'transports = { datagram = { allow = ["link-local"] } }',
    "transports.datagram.segments": "transports = { datagram = { segments = false } }",
    "transports.datagram.unix_roots": 'transports = { datagram = { unix_roots = ["/run/x"] } }',
    "script.files": 'script = { files = ["/etc/x.cfg"] }',
    "script.m4": "script = { m4 = true }",
    "script.xlog_level": "script = { xlog_level = -3 }",
    "script.as": 'script = { as = "2.4" }',
    "script.sip": 'script = { sip = "udp:[::1]:5060" }',
    "script.onreply_avps": "script = { onreply_avps = true }",
    "script.run_limit": "script = { run_limit = 0.5 }",
    "script.log_records": "script = { log_records = 10 }",
    "script.statistics": "script = { statistics = { tcp-load = 90 } }",
    "record.file": 'record = { file = "/tmp/evtui.jsonl.gz" }',
    "record.size": "record = { size = 4096 }",
    "record.files": "record = { files = 2 }",
    "rules": 'rules = { failing = "failed > 3 in 10 s" }',
    "alert.bell": "alert = { bell = false }",
    "alert.notice": 'alert = { notice = "osc9" }',
    "alert.command": 'alert = { command = ["/bin/alert", "-v"] }',
    "alert.timeout": "alert = { timeout = 3.5 }",
    "alert.parallel": "alert = { parallel = 1 }",
    "servers": 'servers = ["edge=unix:/run/edge/mi.sock red", "@/etc/evtui/servers"]',
    "filters": 'filters = { calls = "event~CALL and not outcome=ok" }',
    "ui.theme": 'ui = { theme = "evtui-light" }',
    "ssh.listen": 'ssh = { listen = "127.0.0.1:8022" }',
    "ssh.authorized_keys": 'ssh = { authorized_keys = "/etc/evtui/authorized_keys" }',
    "ssh.host_key": 'ssh = { host_key = "/etc/evtui/ssh_host_key" }',
    "ssh.me": "ssh = { me = true }",
    "viewers.sessions": "viewers = { sessions = 5 }",
    "viewers.sessions_per_address": "viewers = { sessions_per_address = 2 }",
    "ssh.connections": "ssh = { connections = 20 }",
    "ssh.connections_per_address": "ssh = { connections_per_address = 4 }",
    "viewers.login_timeout": "viewers = { login_timeout = 5.5 }",
    "viewers.idle": "viewers = { idle = 600.0 }",
    "viewers.keepalive": "viewers = { keepalive = 5.0 }",
    "ui.fps": "ui = { fps = 2 }",
    "ui.tour": "ui = { tour = false }",
    "ui.keys": 'ui = { keys = { raise = "e" } }',
    **examples(),
}


def load_toml(directory: Path, toml: str) -> str:
    """Load a file and return the complaint about it."""
    file = directory / "evtui.toml"
    file.write_text(toml)
    with pytest.raises(BadSettingError) as refused:
        load_config(file=file)
    return str(refused.value).replace(str(file), "FILE")


def test_an_unknown_setting_is_reported_with_the_nearest_not_with_all(tmp_path: Path) -> None:
    assert load_toml(tmp_path, "colour = 1").count(",") == 3


def test_without_anything_every_value_is_its_default() -> None:
    loaded = load_config()
    assert loaded.config == Config()
    assert {loaded.origin(setting.path) for setting in all_settings()} == {"default"}


def test_there_is_an_example_of_every_setting() -> None:
    assert set(RIGHT) == {setting.path for setting in all_settings()}


@pytest.mark.parametrize("path", RIGHT)
def test_every_setting_can_be_set_in_the_file_and_says_so(tmp_path: Path, path: str) -> None:
    file = tmp_path / "evtui.toml"
    file.write_text(RIGHT[path])
    loaded = load_config(file=file)
    assert loaded.config != Config()
    assert {name: loaded.origin(name) for name in RIGHT if loaded.origin(name) != "default"} == {path: f"file:{file}"}


@pytest.mark.parametrize(
    ("name", "text", "path", "value"),
    [
        ("EVTUI_EVENTS", "E_A, E_B", "events", ("E_A", "E_B")),
        ("EVTUI_READ_ONLY", "true", "read_only", True),
        ("EVTUI_JOURNAL_RECORDS", "12", "journal.records", 12),
        ("EVTUI_MI_HTTP_TOKEN", "quiet", "mi.http_token", "quiet"),
        ("EVTUI_TRANSPORTS_DATAGRAM_ALLOW", "multicast", "transports.datagram.allow", ("multicast",)),
    ],
)
def test_a_variable_sets_its_setting(name: str, text: str, path: str, value: object) -> None:
    loaded = load_config(environ={name: text, "PATH": "/bin", "EVTUI_MI": "unix:/tmp/s", "EVTUI_CONFIG": "x"})
    found: object = loaded.config
    for part in path.split("."):
        found = getattr(found, part)
    assert found == value
    assert loaded.origins == {path: f"environment {name}"}


def test_the_command_line_wins_over_the_environment_and_that_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "evtui.toml"
    file.write_text('payload = "text"\nlog_file = "/file"\nread_only = true')
    environ = {"EVTUI_PAYLOAD": "jsonrpc", "EVTUI_LOG_FILE": "/environ"}
    loaded = load_config(
        file=file, environ=environ, options=[GivenSetting("log_file", "/option", "command line --log-file")]
    )
    assert (loaded.config.read_only, loaded.config.payload, loaded.config.log_file) == (True, "jsonrpc", "/option")
    assert loaded.origin("log_file") == "command line --log-file"


def test_a_default_file_that_is_missing_is_none(tmp_path: Path) -> None:
    assert load_config(default_file=tmp_path / "evtui.toml").config == Config()


@pytest.mark.parametrize(
    ("toml", "complaint"),
    [
        ("evnts = []", "evnts (file:FILE): no such setting; did you mean events?"),
        ("[mi]\nfifo-mode = '0600'", "mi.fifo-mode (file:FILE): no such setting; did you mean mi.fifo_mode?"),
        ("[journl]\nrecords = 1", "journl (file:FILE): no such setting; did you mean journal?"),
        ("[mi.deeper]\na = 1", "mi.deeper (file:FILE): no such setting"),
        ("[transports.rabbitmq]\nheartbeet = 1", "no such setting; did you mean transports.rabbitmq.heartbeat?"),
        ("[transports.xmlrpc]\nbogus = 1", "no such setting; the nearest are transports.xmlrpc."),
        ("[transports.rabbitmq]\nbogus_id = 'x'", "no such setting; the nearest are transports.rabbitmq."),
        ("[transports.tcp]\nsync_mode = true", "no such setting; did you mean transports.jsonrpc.sync_mode?"),
        ("[engine]\nspool = ''", "engine.spool (file:FILE): '' names no file"),
        ("[engine]\nstate = '/'", "engine.state (file:FILE): '/' names no file"),
        ("colour = 1", "colour (file:FILE): no such setting; the nearest are "),
        ("mi = 3", "mi (file:FILE): it is a table of settings, not 3"),
        ("events = 'E_A'", "events (file:FILE): 'E_A' is wrong; it is a list of event names"),
        ("events = ['E_A', 3]", "events[1] (file:FILE): 3 is wrong"),
        ("events = ['']", "events[0] (file:FILE): bad event name ''"),
        ("read_only = 'yes'", "read_only (file:FILE): 'yes' is wrong; it is true or false"),
        ("payload = 'xml'", """payload (file:FILE): 'xml' is wrong; it is "jsonrpc" or "text\""""),
        (
            "[journal]\nrecords = 0",
            "journal.records (file:FILE): 0 is wrong; it is records kept, a whole number from 1",
        ),
        ("[journal]\nrecords = 1.5", "journal.records (file:FILE): 1.5 is wrong"),
        ("subscribe = ['E_A']", "subscribe[0] (file:FILE): bad parameters: it has no socket"),
        ("subscribe = ['E_A udp:127.0.0.1:0']", "subscribe[0] (file:FILE): bad socket 'udp:127.0.0.1:0': port"),
        ("subscribe = ['E_A udp:127.0.0.1:9 soon']", "subscribe[0] (file:FILE): bad expire '…': whole seconds"),
        ("subscribe = ['E_A udp:127.0.0.1:9 60 more']", "1 words too many"),
        ("[mi]\nfifo_mode = '0999'", "mi.fifo_mode (file:FILE): '0999' is not an octal mode"),
        ("[mi]\nhttp = '8888'", "mi.http (file:FILE): '8888': port: missing"),
        ("[mi]\ndatagram = ['tcp:127.0.0.1:1']", "mi.datagram[0] (file:FILE): 'tcp:127.0.0.1:1' is neither"),
        ("[mi]\nreply_dir = 'here'", "mi.reply_dir (file:FILE): 'here' is not an absolute path"),
        ("[mi]\nhttp_token = ''", "mi.http_token (file:FILE)"),
        (
            "[transports.datagram]\nallow = ['loopback']",
            "transports.datagram.allow[0] (file:FILE): 'loopback' is wrong",
        ),
        ("[ui.keys]\nraise = 3", "ui.keys (file:FILE): {'raise': 3} is wrong; it is a table"),
        ("events = [", "FILE (file:FILE): it is not TOML"),
    ],
)
def test_what_is_wrong_is_named_with_its_path_and_what_would_be_right(
    tmp_path: Path, toml: str, complaint: str
) -> None:
    assert complaint in load_toml(tmp_path, toml)


def test_a_file_of_other_bytes_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "evtui.toml"
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(BadSettingError, match="it is not TOML"):
        load_config(file=file)


@pytest.mark.parametrize("name", ["EVTUI_READ_ONY", "EVTUI_UI_KEYS"])
def test_a_variable_that_is_no_setting_is_refused(name: str) -> None:
    with pytest.raises(BadSettingError, match=f"{name} \\(environment\\): no such variable"):
        load_config(environ={name: "true"})


def test_a_wrong_variable_is_named() -> None:
    with pytest.raises(BadSettingError, match=r"journal.records \(environment EVTUI_JOURNAL_RECORDS\): 'many'"):
        load_config(environ={"EVTUI_JOURNAL_RECORDS": "many"})


def test_keywords_are_checked_like_the_file() -> None:
    with pytest.raises(BadSettingError, match=r"journal.recods \(keyword\).*did you mean journal.records"):
        list(from_tree({"journal": {"recods": 3}}, "keyword"))


@pytest.mark.parametrize("host", ["0.0.0.0", "[::]", "192.0.2.1", "example.org", "127.1"])
def test_http_for_other_hosts_needs_a_token_or_the_word_open(host: str, tmp_path: Path) -> None:
    toml = f'[mi]\nhttp = "{host}:8888"\n'
    assert "reachable from other hosts: set mi.http_token, or mi.open = true" in load_toml(tmp_path, toml)
    for enough in ('http_token = "quiet"', "open = true", "listen = false"):
        (tmp_path / "evtui.toml").write_text(toml + enough)
        load_config(file=tmp_path / "evtui.toml")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.9.9.9", "[::1]"])
def test_http_for_this_host_needs_neither(host: str) -> None:
    load_config(options=[GivenSetting("mi.http", f"{host}:8888", "command line --http")])
