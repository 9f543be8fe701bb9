"""Files that are no routing scripts of OpenSIPS are named as what they are."""

import pytest

from evtui.script.syntax.parse import parse
from evtui.script.syntax.script_errors import ScriptError

_ROUTE = "\nroute { exit; }\n"


def _refused(text: str, file: str = "f.cfg") -> ScriptError:
    with pytest.raises(ScriptError) as caught:
        parse(text, file)
    return caught.value


@pytest.mark.parametrize(
    ("text", "line", "name"),
    [
        ("# a\n#!KAMAILIO\nrequest_route { exit; }", 2, "a script of Kamailio or SER ('#!KAMAILIO')"),
        ("#!define X\n#!ifdef X\nroute { if (x > 1 { } }", 1, "a script of Kamailio or SER ('#!define')"),
        ("\nrequest_route { exit; }", 2, "a script of Kamailio or SER ('request_route')"),
        ("event_route[tm:local-request] { }", 1, "a script of Kamailio or SER"),
        ('route { KSR.info("a"); }', 1, "a script of Kamailio or SER ('KSR.info')"),
        ("divert(-1)\ndefine(`A', `1')\n" + _ROUTE, 1, "a template of m4 ('divert(')"),
        ("changequote([,])" + _ROUTE, 1, "a template of m4 ('changequote(')"),
        ("ifelse(A,`yes',`log_level=4')" + _ROUTE, 1, "a template of m4 ('ifelse(')"),
        ("include(`a.m4')dnl" + _ROUTE, 1, "a template of m4"),
        ("log_level={{ level }}" + _ROUTE, 1, "a template of Jinja, Ansible, Helm or the like ('{{ level }}')"),
        ("\n{% if x %}\nlog_level=3\n{% endif %}" + _ROUTE, 2, "a template of Jinja, Ansible, Helm or the like"),
        ("<% if x %>" + _ROUTE, 1, "a template with <% … %>"),
        ("mpath=$$x$$" + _ROUTE, 1, "a template with variables to be filled in ('$$')"),
        ("route {\n  xlog(&quot;a&quot;);\n}", 2, "the HTML of a web page ('&quot;')"),
        ("route {\n  if ($var(x) &lt; 3 &amp;&amp; 1) exit;\n}", 2, "the HTML of a web page ('&lt;')"),
        ("route {<br>\n  exit;<br>\n}", 1, "the HTML of a web page ('<br>')"),
        ("<pre>route { exit; }</pre>", 1, "the HTML of a web page ('<pre')"),
        ("<?xml version='1.0'?><a/>", 1, "an XML file"),
        ("# a\n\n[mi]\nfifo = '/x'", 3, "a TOML or INI file ('[mi]')"),
        ("version: 3\nservices:\n  sip:\n    - a", 1, "a YAML file"),
        ('{"a": 1}', 1, "a JSON file"),
        ("#!/bin/sh\necho a", 1, "a program, by its first line"),
        ("diff --git a/x b/x\n--- a/x\n", 1, "a patch"),
        (
            '#define INT(x) x\nmpath=X\n#if A\nmodparam("a", "b", A)' + _ROUTE,
            1,
            "a text for the preprocessor of C ('#define INT",
        ),
        (
            'modparam("a", "b", RTPP)\n#ifdef X\nx=3\n#endif' + _ROUTE,
            2,
            "a text for the preprocessor of C ('#ifdef X')",
        ),
        ('.\\" a comment\n.TH opensips.cfg 5', 1, "a manual page"),
        ("'\\\" t\n.SH NAME\n", 1, "a manual page"),
        ("# attributes\nATTRIBUTE Sip-Method  204 integer", 2, "a dictionary of RADIUS ('ATTRIBUTE Sip-Method  2')"),
        ("domain proxy {\n  prefix 49 {\n    max_targets = 2\n  }\n}", 1, "data of a module of OpenSIPS"),
        ("d /run/opensips 0755 opensips opensips\n", 1, "settings of systemd for folders and files"),
        ("id(int,auto) name(string) x(double,null)\n1:a:2\n", 1, "a table of db_text"),
        ("; a zone\n$ORIGIN example.net.\n@ IN SOA ns root (1 2 3 4 5)", 2, "a zone of a DNS server"),
        ("CREATE TABLE version (\n  id INT\n);\nINSERT INTO version VALUES (1);", 1, "a script of SQL"),
        ("> route {\n>  exit;\n> }", 1, "'>' before its lines"),
        ("1 route {\n2   exit;\n3 }", 1, "numbers before its lines"),
        ("\x7fELF\x02\x01", 1, "a binary file (a program)"),
        ("route\0{", 1, "a binary file"),
        ("\x1f\udc8b\x08", 1, "a binary file (gzip)"),
        ("".join(chr(0xDC80 + number) for number in range(128)), 1, "a binary file"),
        ("\udcff\udcfer\0o\0u\0t\0e\0", 1, "a text in UTF-16"),
    ],
)
def test_a_file_of_another_kind_is_named_with_what_to_do(text: str, line: int, name: str) -> None:
    error = _refused(text)
    assert name in error.what
    assert ":" in error.what
    assert (error.line, error.expected) == (line, "")


def test_a_file_named_m4_is_a_template_also_without_signs() -> None:
    error = _refused('modparam("tm", "timeout", TIMEOUT)', "f.m4")
    assert "a template of m4, by its name: give --m4" in error.what
    assert "'TIMEOUT' cannot be the value" in error.what


@pytest.mark.parametrize(
    "text",
    [
        'route {\n  xlog("&quot;a&quot; <br>");\n  exit\n}',
        "# {% a %} &quot; KSR.x request_route\nroute { exit }",
        'route {\n  xlog("{{ x }} ${Y} @ABC@");\n  exit\n}',
        "route {\n  # define(`A')\n  exit\n}",
        "#if this is so, define it\n#define the route\n#include more\nroute {\n  exit\n}",
        'log_level=3\nroute {\n  xlog("IN SOA $TTL");\n  exit\n}',
        "listen=udp:127.0.0.1:5060\nroute[1] {\n  exit\n}",
    ],
)
def test_a_script_with_a_mistake_is_not_taken_for_another_kind(text: str) -> None:
    assert "expected ';'" in _refused(text).reason


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("#!KAMAILIO" + _ROUTE, "a script of Kamailio or SER"),
        ("#!ifdef A" + _ROUTE + "#!endif", "a script of Kamailio or SER"),
        ("log_level=3\nifelse(A,`yes',`log_level=4')" + _ROUTE, "a template of m4 ('ifelse(')"),
        ('a="b"\nc="d"', None),
        (_ROUTE, None),
        ('route { xlog("{% x %}"); }', None),
    ],
)
def test_a_file_of_another_kind_that_parses_gets_a_remark(text: str, name: str | None) -> None:
    remarks = [remark.text for remark in parse(text).remarks if remark.code == "other-file"]
    assert [name in remark for remark in remarks if name] == ([True] if name else [])
    assert len(remarks) == (name is not None)
