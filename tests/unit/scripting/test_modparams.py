"""Modparams of a script as settings."""

import pytest

from evtui.bootstrap.transports import socket_parser
from evtui.config.config_loader import LoadedConfig, combine_settings
from evtui.config.setting_sources import GivenSetting
from evtui.core.errors import BadSettingError
from evtui.script.check.module_names import modules_of
from evtui.script.check.script_check import check
from evtui.script.syntax.parse import parse
from evtui.script.syntax.tree import ModParam
from evtui.scripting.modparams import PARAMETERS, USED, settings_of
from evtui.scripting.script_loader import known_names

SCRIPT = """
loadmodule "event_rabbitmq.so"
loadmodule "httpd.so"
loadmodule "/usr/lib/opensips/modules/mi_http.so"
modparam("event_rabbitmq", "heartbeat", 3)
modparam("event_rabbitmq", "connect_timeout", 750)
modparam("event_rabbitmq", "timeout", 0)
modparam("event_rabbitmq", "use_tls", 1)
modparam("event_xmlrpc", "use_struct_param", 1)
modparam("event_stream|event_jsonrpc", "timeout", 250)
modparam("event_stream", "event_param", "event")
modparam("event_stream", "reliable_mode", 1)
modparam("event_jsonrpc", "sync_mode", 1)
modparam("event_flatstore", "delimiter", ";")
modparam("event_flatstore", "file_permissions", 0664)
modparam("event_flatstore", "rotate_size", "10m")
modparam("event_virtual", "failover_timeout", 5)
modparam("mi_fifo", "fifo_name", "/run/x/fifo")
modparam("mi_fifo", "fifo_mode", 0660)
modparam("mi_datagram", "socket_name", "/run/x/mi.sock")
modparam("httpd", "port", 8080)
modparam("tm", "onreply_avp_mode", 1)
modparam("usrloc", "db_mode", 0)
"""


def loaded(text: str, *others: GivenSetting) -> LoadedConfig:
    return combine_settings([*settings_of(parse(text, "x.cfg").items), *others])


def test_the_modparams_of_event_modules_and_listeners_are_settings_with_their_line() -> None:
    found = loaded(SCRIPT)
    transports, mi = found.config.transports, found.config.mi
    rabbit = transports.rabbitmq
    assert (rabbit.heartbeat, rabbit.connect_timeout, rabbit.timeout, rabbit.use_tls) == (3, 750, 10_000, True)
    assert (transports.tcp.timeout, transports.tcp.event_param, transports.tcp.reliable_mode) == (250, "event", True)
    assert (transports.jsonrpc.timeout, transports.jsonrpc.sync_mode, transports.xmlrpc.use_struct_param) == (
        250, True, True,
    )  # fmt: skip
    flat = transports.flatstore
    assert (flat.delimiter, flat.file_permissions, flat.rotate_size) == (";", "0664", "10m")
    assert transports.virtual.failover_timeout == 5
    assert (mi.fifo, mi.fifo_mode, mi.datagram, mi.http) == (
        "/run/x/fifo", "0660", ("unix:/run/x/mi.sock",), "127.0.0.1:8080",
    )  # fmt: skip
    assert found.config.script.onreply_avps
    assert found.origin("transports.rabbitmq.heartbeat") == "script x.cfg:5"


def test_whatever_else_is_given_wins() -> None:
    found = loaded(SCRIPT, GivenSetting("transports.rabbitmq.heartbeat", 9, "file:evtui.toml"))
    assert found.config.transports.rabbitmq.heartbeat == 9
    assert found.origin("transports.rabbitmq.heartbeat") == "file:evtui.toml"


def test_a_wrong_value_is_reported_with_its_place() -> None:
    with pytest.raises(BadSettingError, match=r"transports.rabbitmq.heartbeat \(script x.cfg:2\): 70000 is wrong"):
        loaded('\nmodparam("event_rabbitmq", "heartbeat", 70000)')
    with pytest.raises(BadSettingError, match=r"script x.cfg:1.*'soon' is wrong"):
        loaded('modparam("event_stream", "timeout", "soon")')


@pytest.mark.parametrize(
    ("given", "http"),
    [
        ('modparam("httpd", "ip", "127.0.0.2")', "127.0.0.2:8888"),
        ('modparam("httpd", "ip", "::1") modparam("httpd", "port", 81)', "[::1]:81"),
        ("", None),
    ],
)
def test_http_is_listened_for_where_httpd_says(given: str, http: str | None) -> None:
    assert loaded(f'loadmodule "mi_http.so" {given}').config.mi.http == http


def test_httpd_alone_opens_no_http_listener() -> None:
    assert loaded('loadmodule "httpd.so" modparam("httpd", "port", 81)').config.mi.http is None


def test_every_parameter_that_is_a_setting_is_one_the_reference_knows() -> None:
    assert {(module, name) for module, name in USED if name not in PARAMETERS.get(module, {name})} == set()


def test_the_paths_of_http_are_settings() -> None:
    mi = loaded('modparam("mi_http", "root", "opensips_mi") modparam("mi_xmlrpc_ng", "http_root", "/x/rpc/")').config.mi
    assert (mi.http_root, mi.xmlrpc_root) == ("opensips_mi", "/x/rpc/")
    with pytest.raises(BadSettingError, match=r"mi.http_root \(script x.cfg:1\)"):
        loaded('modparam("mi_http", "root", "a b")')


def _found(text: str) -> list[tuple[int, str, str]]:
    (report,) = check({"x.cfg": parse(text, "x.cfg")}, known_names(socket_parser()))
    return [(finding.place.line, finding.severity, finding.code) for finding in report.findings]


def test_unknown_and_unused_parameters_are_reported_at_their_places() -> None:
    assert _found(
        """loadmodule "/x/event_stream.so" loadmodule "mi_fifo.so" loadmodule "usrloc.so" loadmodule "event_datagram.so"
modparam("event_stream", "sync_mode", 1)
modparam("event_stream", "timeout", 1)
modparam("mi_fifo", "pretty_printing", 1)
modparam("usrloc", "anything", 1)
modparam("event_datagram|event_stream", "timeout", 1)
modparam("event_virtual", "failover_timeout", 1)
"""
    ) == [
        (2, "warning", "unknown-parameter"),
        (4, "note", "unused-parameter"),
        (5, "warning", "unknown-parameter"),
        (6, "warning", "unknown-parameter"),
        (7, "warning", "module-not-loaded"),
    ]


def test_what_a_parameter_could_be_is_said() -> None:
    (report,) = check({"x.cfg": parse('modparam("event_stream", "timeot", 1)', "x.cfg")}, known_names(socket_parser()))
    assert "event_stream has no parameter timeot: did you mean timeout?" in [item.text for item in report.findings]


def test_a_module_may_be_loaded_in_another_file_of_the_configuration() -> None:
    files = {"a.cfg": 'loadmodule "tm.so"', "b.cfg": 'modparam("tm", "fr_timeout", 1)'}
    reports = check({name: parse(text, name) for name, text in files.items()}, known_names(socket_parser()))
    assert [report.findings for report in reports] == [(), ()]


@pytest.mark.parametrize(
    ("written", "named"),
    [
        ("event_stream", ["event_stream"]),
        ("EVENT_Stream", ["event_stream"]), ("nosuch|event_stream", ["event_stream"]),
        ("event_.*", ["event_rabbitmq", "event_stream"]), ("stream", []), ("event_stream.so", []), ("event_(", []),
        ("(event_stream)|tm", ["event_stream", "tm"]),
    ],
)  # fmt: skip
def test_the_modules_of_a_modparam_are_a_pattern_in_any_case(written: str, named: list[str]) -> None:
    (item,) = parse(f'modparam("{written}", "timeout", 250)').items
    assert isinstance(item, ModParam)
    assert modules_of(item, ["tm", "event_stream", "event_rabbitmq"]) == named


def test_a_pattern_of_modules_sets_all_of_them_and_is_not_a_module_that_is_missing() -> None:
    text = 'loadmodule "event_rabbitmq.so" loadmodule "event_stream.so" modparam("Event_.*", "timeout", 250)'
    assert {setting.path for setting in settings_of(parse(text).items)} >= {
        "transports.rabbitmq.timeout",
        "transports.tcp.timeout",
    }
    (report,) = check({"t.cfg": parse(text, "t.cfg")}, known_names(socket_parser()))
    assert "module-not-loaded" not in {finding.code for finding in report.findings}
