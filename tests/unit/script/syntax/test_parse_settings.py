"""Global settings of configurations of various versions, and the encodings of their text."""

import pytest

from evtui.script.syntax.expressions import BareWord, Number, Text
from evtui.script.syntax.parse import parse, parse_part
from evtui.script.syntax.printer import print_script
from evtui.script.syntax.script_errors import ScriptError
from evtui.script.syntax.tree import CallStatement, Global, Include, ModParam, Route, Section


def _items(text: str) -> tuple[object, ...]:
    """Parse, print and parse again."""
    script = parse(text, "f.cfg")
    assert parse(print_script(script), "f.cfg") == script
    return script.items


@pytest.mark.parametrize(
    ("written", "value"),
    [("yes", 1), ("on", 1), ("true", 1), ("enable", 1), ("no", 0), ("off", 0), ("false", 0), ("disable", 0),
     ("-5", -5), ("0x10", 16), ('"yes"', "yes")],
)  # fmt: skip
def test_a_parameter_is_a_number_a_text_or_a_word_for_yes_and_no(written: str, value: int | str) -> None:
    assert _items(f'modparam("m", "n", {written})') == (ModParam(("m",), "n", value),)


def test_another_word_is_refused_as_a_parameter_value() -> None:
    with pytest.raises(ScriptError, match=r"f.cfg:1:20: 'maybe' cannot be the value of a parameter: expected a number"):
        parse('modparam("m", "n", maybe)', "f.cfg")


@pytest.mark.parametrize(
    "text",
    [
        'mem-group = "x": "core" "tm"',
        "alias=udp:host:5060",
        "listen=udp:1.2.3.4:5060 as 5.6.7.8:5060 use_children 4",
        'socket=udp:eth0:5060 use_workers 5 tag "x" anycast',
        "listen = tls:[::1]:5061",
        "auto_aliases=no",
        "tcp_socket_backlog=128",
        "xlog_buf_size=4096",
        'db_default_url="mysql://user:secret@localhost/opensips"',
        'dst_blacklist = gw:{( tcp , 192.168.2.100 , 5060 , "" ),( any , 192.168.2.101 , 0 , "" )}',
        'dst_blacklist = net:{ !( any, 10.0.0.0/255.0.0.0, 0, "" ) }',
        "udp_workers=4 use_auto_scaling_profile X",
        "auto_scaling_profile = X { scale up to 16 on 70 % for 4 cycles\n scale down to 2 on 20 % for 5 cycles }",
        "auto_scaling_profile = X\n scale up to 16 on 70% for 4 cycles within 5\n scale down to 2 on 20% for 5 cycles",
    ],
)
def test_a_setting_of_any_age_is_one_setting(text: str) -> None:
    (first, last) = _items(f"{text}\nlog_level=3\n")
    assert isinstance(first, Global)
    assert last == Global("log_level", (Number(3),))


def test_the_tls_domains_of_old_are_sections() -> None:
    text = 'tls_server_domain[10.0.0.1:5061]{\n tls_cert="a"\n tls_method=v1;\n}\ntls_client_domain["x"] { }'
    assert _items(text) == (
        Section("tls_server_domain", "10.0.0.1:5061", (
            Global("tls_cert", (Text("a"),)), Global("tls_method", (BareWord("v1"),)),
        )),
        Section("tls_client_domain", "x"),
    )  # fmt: skip


def test_a_byte_order_mark_before_a_file_is_no_part_of_it() -> None:
    assert _items("\ufefflog_level=3\n") == (Global("log_level", (Number(3),)),)
    with pytest.raises(ScriptError) as caught:
        parse("\ufefffoo", "f.cfg")
    assert (caught.value.line, caught.value.column) == (1, 1)


def test_lines_may_end_with_carriage_returns() -> None:
    text = 'log_level=3 # level\nroute {\n  xlog("a");\n  /* b\n */ exit;\n}\n'
    assert _items(text.replace("\n", "\r\n")) == _items(text)


def test_lines_of_preprocessors_are_comments() -> None:
    assert _items("#!define X 1\n##!ifdef X\nroute { exit; #!endif\n}\n") == _items("route { exit; }")


def test_an_include_may_stand_in_a_block() -> None:
    (route,) = _items('route { include_file "a.cfg"\n if (1) import_file "b.cfg" }')
    assert isinstance(route, Route)
    assert route.body.statements[0] == Include("a.cfg")


def test_a_part_of_a_block_is_its_statements_with_places_of_its_own() -> None:
    block, _ = parse_part('# part\nxlog("x");\nif (1) { exit; }\n', "part.cfg")
    first = block.statements[0]
    assert isinstance(first, CallStatement)
    assert str(first.place) == "part.cfg:2:1"
    for text in ("}", "exit; } {", "route { }", "if (1) {"):
        with pytest.raises(ScriptError, match=r"^part.cfg:1:"):
            parse_part(text, "part.cfg")
