"""Name a file of another kind than a routing script of OpenSIPS: a script of Kamailio, a template, a binary file …"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from evtui.script.syntax.mistakes.error_hints import shown
from evtui.script.syntax.script_errors import ScriptError
from evtui.script.syntax.source import ScriptSource
from evtui.script.syntax.tree import Remark

_LONGEST_SIGN: Final = 30
"""Characters of a sign that a message shows."""
_BEGIN: Final = 4_096
"""Characters at the beginning of a file that are read to tell text from binary data."""
_MOST_UNREADABLE: Final = 0.3
"""The share of control characters, and of bytes that are not UTF-8, from which on a file is binary."""
_LISTED: Final = 20
"""Lines with content that tell a format of its own."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of file, the signs that tell it, and what to do with it."""

    what: str
    todo: str
    anywhere: re.Pattern[str] | None = None
    """Signs that tell it wherever they stand."""
    near: re.Pattern[str] | None = None
    """Signs that tell it only in the line in which the parse ended: a script may have them in a text."""


_RENDER: Final = "render it first, and give the result"
_NO_SCRIPT: Final = "give the script of OpenSIPS"
_KINDS: Final = (
    _Kind(
        "the HTML of a web page",
        "copy the text as the browser shows it: '&quot;' stands for a quote, '&amp;' for '&', '&lt;' for '<'",
        re.compile(r"\A\s*<(?:!DOCTYPE html|html|head|body|pre|p|div|br|span|code)\b", re.IGNORECASE),
        re.compile(
            r"&(?:quot|amp|lt|gt|nbsp|apos|#\d{1,5});|</?(?:br|pre|p|div|span|code|b|i|a)\b[^<>\n]{0,200}>",
            re.IGNORECASE,
        ),
    ),
    _Kind(
        "a script of Kamailio or SER",
        "evtui reads scripts of OpenSIPS, such as opensips.cfg",
        re.compile(
            r"^#!(?:KAMAILIO|SER|MAXCOMPAT|ifn?def|define|endif|else|subst\w*|trydef\w*|redef\w*)\b"
            r"|^[ \t]*+(?:(?:request|reply)_route\b|event_route\s*\[\s*[\w-]+:|(?:loadmodule|modparam)x\b|cfgengine\b)",
            re.MULTILINE,
        ),
        re.compile(r"\$(?:sht|xavp|xavu|def|defv|shtex)\(|\bKSR\.\w*|\$(?:rU|fU|tU|au|si)\s*=~\s*\^"),
    ),
    _Kind(
        "a template of m4",
        "give --m4 to render it, or give the result of m4",
        re.compile(
            r"^[ \t]*+(?:divert|undivert|changequote|changecom|m4_\w++"
            r"|(?:define|undefine|pushdef|ifn?def|ifelse|s?include)"
            r"(?=[ \t]*\((?:`|\w++[ \t]*,[ \t]*`)))[ \t]*+\(|^[^#\n]*?(?P<sign>\bdnl)[ \t]*$",
            re.MULTILINE,
        ),
        re.compile(r"\b(?:define|ifdef|ifelse|include|sinclude)\(`|\bdnl\b|',\s*`|`'"),
    ),
    _Kind(
        "a template of Jinja, Ansible, Helm or the like",
        _RENDER,
        re.compile(r"^[^#\n]*?\{%-?[ \t]*+\w+", re.MULTILINE),
        re.compile(r"\{\{\{?[-#/^]?\s*+[\w.]++[^{}\n]{0,200}\}\}|\{#"),
    ),
    _Kind("a template with <% … %>", _RENDER, re.compile(r"\A\s*<%|^<%[=-]?[ \t]", re.MULTILINE), re.compile("<%=?")),
    _Kind(
        "a template with variables to be filled in",
        "fill them in first, for example with envsubst, and give the result",
        None,
        re.compile(r"\$\{\w++[^}\n]{0,100}\}|@@?[A-Z][A-Z0-9_]++@@?|%%\w++%%|\$\$"),
    ),
    _Kind(
        "a program, by its first line",
        _NO_SCRIPT,
        re.compile(r"\A#![^\n]*\b(?:sh|bash|dash|zsh|python3?|perl|php|ruby|node)\b"),
    ),
    _Kind("an XML file", _NO_SCRIPT, re.compile(r"\A\s*<(?:\?xml|!DOCTYPE|\w+[\s>:])")),
    _Kind("a JSON file", _NO_SCRIPT, re.compile(r"\A\s*(?:\{\s*\"|\[\s*[\[{\"\d])")),
    _Kind(
        "a patch",
        "apply it, and give the file",
        re.compile(r"\A\s*(?:diff --git|Index: |--- \S[^\n]*\n\+\+\+ )"),
    ),
    _Kind(
        "a text for the preprocessor of C",
        "render it first, for example with cpp -P, and give the result",
        re.compile(
            r"^#[ \t]*+(?:endif[ \t]*(?=$|/[/*])|ifn?def[ \t]++\w++[ \t]*$"
            r"|define[ \t]++[A-Z_][A-Z0-9_]*+(?=[( \t]|$)|include[ \t]++[\"<][\w./-]++[\">])",
            re.MULTILINE,
        ),
    ),
    _Kind("a manual page", _NO_SCRIPT, re.compile(r"^\.(?:TH|SH|Dd|Sh)[ \t]++[^\n]|\A(?:\.|')\\\"", re.MULTILINE)),
    _Kind(
        "a dictionary of RADIUS",
        _NO_SCRIPT,
        re.compile(r"^(?:ATTRIBUTE|VALUE|VENDOR)[ \t]++[\w-]++[ \t]++[\w-]", re.MULTILINE),
    ),
    _Kind("data of a module of OpenSIPS", _NO_SCRIPT, re.compile(r"^[ \t]*+domain[ \t]++\w++[ \t]*+\{", re.MULTILINE)),
    _Kind(
        "settings of systemd for folders and files",
        _NO_SCRIPT,
        re.compile(r"^[a-zA-Z][-+!=~^]*+[ \t]++/\S*+[ \t]++(?:[0-7]{3,4}|-)(?=\s|$)", re.MULTILINE),
    ),
    _Kind(
        "a table of db_text",
        _NO_SCRIPT,
        re.compile(
            r"\A(?:\w++\((?:int|string|str|double|float|blob|datetime|date|time|bool)(?:,\w++)*+\)[ \t]*+)+$",
            re.MULTILINE,
        ),
    ),
    _Kind(
        "a zone of a DNS server",
        _NO_SCRIPT,
        re.compile(r"^\$(?:ORIGIN|TTL)[ \t]++\S|^[^#\n\"]*?\bIN[ \t]++SOA\b", re.MULTILINE),
    ),
    _Kind(
        "a script of SQL",
        _NO_SCRIPT,
        re.compile(r"^(?:CREATE (?:TABLE|DATABASE|UNIQUE|INDEX)|INSERT INTO|DROP TABLE|ALTER TABLE)\b", re.MULTILINE),
    ),
    _Kind(
        "a TOML or INI file",
        "give the script of OpenSIPS; evtui.toml goes behind --config",
        re.compile(r"\A(?:[^\S\n]*+(?:#[^\n]*+)?\n)*+(?P<sign>\[\[?[\w.:/ -]+\]?\])[ \t]*$", re.MULTILINE),
        re.compile(r"^[ \t]*\[\[?[\w.:/ -]+\]?\][ \t]*(?:[#;][^\n]*)?$", re.MULTILINE),
    ),
)
_KAMAILIO, _M4 = _KINDS[1:3]
_PARSED_KINDS: Final = (_KAMAILIO, _M4)
"""The kinds of files that parse now and then, although they have routes."""
_YAML: Final = re.compile(r"[ ]*(?:- )?[\w.-]+:(?:[ ][^;{]*)?$|---$|[ ]*- [^;]+$")
_ROUTE: Final = re.compile(r"^[ \t]*(?:\w+_)?route\b|^[ \t]*(?:loadmodule|modparam)\b", re.MULTILINE)
_PREFIXES: Final = (
    (re.compile(r"\A>"), "'>' before its lines, as in a mail"),
    (re.compile(r"\A\+"), "'+' before its lines, as in a patch"),
    (re.compile(r"\A[ \t]*\d+[ \t:|.)]"), "numbers before its lines"),
)
_BINARY: Final = (
    ("\x1f\udc8b", "gzip"), ("PK\x03\x04", "zip"), ("\x7fELF", "a program"), ("%PDF", "PDF"), ("BZh", "bzip2"),
    ("\udcfd7zXZ", "xz"), ("SQLite format 3", "SQLite"), ("\udcd4\udcc3\udcb2\udca1", "pcap"),
)  # fmt: skip
"""First characters of binary files, as `surrogateescape` decodes them."""


def name_other_file(source: ScriptSource, error: ScriptError) -> ScriptError | None:
    """Return an error that names a file of another kind; None for a script. The parse ended with `error`."""
    if why := _binary(source.text):
        return source.error(0, why)
    kinds = [kind for kind in _KINDS if kind is not _M4 or not source.is_rendered]
    found = _found_anywhere(kinds, source.text) or _found_near(kinds, source, source.text_line(error.place))
    if found is None and source.file.endswith(".m4") and not source.is_rendered:
        return source.error_at(error.place, f"this is {_M4.what}, by its name: {_M4.todo} ({error.reason})")
    return _listed(source) if found is None else _named(source, *found)


def remarks_of_other_file(source: ScriptSource, *, has_routes: bool) -> tuple[Remark, ...]:
    """Return a remark about a file of another kind that parses all the same.

    A text of a script may hold any character: what parses and has routes is a script.
    raises ScriptError: it is a binary file.
    """
    if not has_routes and (why := _binary(source.text)):
        raise source.error(0, why)
    found = _found_anywhere(_PARSED_KINDS if has_routes else _KINDS, source.text)
    if found is not None and not (source.is_rendered and found[0] is _M4):
        error = _named(source, *found)
        return (Remark(error.place, "other-file", error.what),)
    return ()


def _named(source: ScriptSource, kind: _Kind, found: re.Match[str]) -> ScriptError:
    group = "sign" if found.groupdict().get("sign") else 0
    text, start = found.group(group), found.start(group)
    sign = shown(text.strip()[:_LONGEST_SIGN])
    return source.error(start + len(text) - len(text.lstrip()), f"this is {kind.what} ({sign}): {kind.todo}")


def _found_anywhere(kinds: Iterable[_Kind], text: str) -> tuple[_Kind, re.Match[str]] | None:
    for kind in kinds:
        if kind.anywhere is not None and (found := kind.anywhere.search(text)):
            return kind, found
    return None


def _found_near(kinds: Iterable[_Kind], source: ScriptSource, line: int) -> tuple[_Kind, re.Match[str]] | None:
    start, end = source.line_bounds(line)
    for kind in kinds:
        if kind.near is not None and (found := kind.near.search(source.text, start, end)):
            return kind, found
    return None


def _binary(text: str) -> str | None:
    """Return what is wrong with a file that is not a text; None for a text."""
    begin = text[:_BEGIN]
    todo = "give the script of OpenSIPS, a text"
    if name := next((name for first, name in _BINARY if begin.startswith(first)), None):
        return f"this is a binary file ({name}): {todo}"
    if begin.startswith(("\udcff\udcfe", "\udcfe\udcff")) or begin[1:8:2] == "\0\0\0\0" or begin[0:8:2] == "\0\0\0\0":
        return "this is a text in UTF-16: save it as UTF-8"
    wrong = sum(1 for character in begin if character < "\t" or "\x0e" <= character < " " or character >= "\udc80")
    if "\0" in begin or (len(begin) > 8 and wrong > _MOST_UNREADABLE * len(begin)):
        return f"this is a binary file: {todo}"
    return None


def _listed(source: ScriptSource) -> ScriptError | None:
    """Name a file that all its first lines tell: YAML, or lines copied with something before each."""
    lines = [line for line in source.text[: _BEGIN * 4].split("\n") if line.strip() and not line.startswith("#")]
    lines = lines[:_LISTED]
    for pattern, what in _PREFIXES:
        if len(lines) > 1 and all(pattern.match(line) for line in lines):
            return source.error(0, f"this text has {what}: remove them")
    yaml = sum(1 for line in lines if _YAML.fullmatch(line.rstrip()))
    if yaml > 1 and yaml > len(lines) // 2 and not _ROUTE.search(source.text):
        return source.error(0, "this is a YAML file: give the script of OpenSIPS")
    return None
