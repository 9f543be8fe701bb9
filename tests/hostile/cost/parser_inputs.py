"""Every function of the program that reads what others send, and texts on which one that is not linear takes long."""

import importlib
import inspect
import io
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any, Final

import evtui
from evtui.bootstrap.transports import socket_parser
from evtui.codecs.endpoints import flag
from evtui.core.errors import BadSocketError
from evtui.core.values import Params

ROOMS: Final = (
    "evtui.codecs", "evtui.sip", "evtui.mi.protocol", "evtui.backends", "evtui.core", "evtui.config.value_syntax",
    "evtui.script.syntax", "evtui.script.runtime", "evtui.cli.mi_parameters", "evtui.filters", "evtui.raising",
    "evtui.serve.watch",
)  # fmt: skip
"""Where parsers live. The grammars of sockets are reached through `socket_parser`."""
HEAD: Final = (
    "INVITE sip:b@h SIP/2.0\r\nVia: SIP/2.0/UDP h\r\nFrom: <sip:a@h>\r\nTo: <sip:b@h>\r\n"
    "Call-ID: 1\r\nCSeq: 1 INVITE\r\n"
)
SIGNS: Final = ("a", "0", " ", "\t", "\n", "\r", '"', "'", "\\", "=", ":", ";", ",", ".", "<", ">", "[", "]", "(", ")",
         "{", "}", "/", "@", "?", "&", "$", "#", "%", "*", "+", "-", "_", "|", "\0",
         "\xe9", "\udc80")  # fmt: skip
PAIRS: Final = (
    "a=", "a:", "a;", "a,", ", ", '""', '",', "\\\\", '\\"', "[]", "{}", "()", "$(", "$a", "$$", "%4", "/*", "*/", "&a",
    "a=1&", ";a=1", "\r\n", "\n ", "a:b\r\n", '"a",', '{"a":', "<a>", "::", "a::b\n", "//", "/.", "@a", "a@", "?a",
    "\n\n", ":a:\n", "&amp;", "<![", "$a{a.a}", "$avp(a)[", "if(1)", "a=1;\n",
)  # fmt: skip
SEEDS: Final[dict[str, tuple[str, ...]]] = {
    "evtui.sip": (
        f"{HEAD}X: ",
        HEAD,
        "INVITE sip:b@h SIP/2.0\r\nVia: SIP/2.0/UDP h",
        f"{HEAD.replace('Via: SIP/2.0/UDP h', 'Max-Forwards: 7')}Via: ",
        f"{HEAD.replace('CSeq: 1 INVITE', 'Max-Forwards: 7')}CSeq: ",
    ),
    "evtui.mi.protocol": (
        '{"jsonrpc":"2.0","method":"', '{"jsonrpc":"2.0","method":"a","params":', "[", ":a:\n", "<a>",
    ),
    "evtui.codecs": ("a=", '{"a":', "[", '"', "udp:", "E_A\n"),
    "evtui.script": ("route { ", '$(avp(a', '"', "# ", "a = ", 'modparam("a", "b", "'),
    "evtui.backends": ("amqp://", "kafka://h:1", "unix:", "E_A\n"),
    "evtui.filters": ("a=", "not (", '"', "to=*", "time>", "text~", "a > 3 in ", "no a for 1", "queue > 1"),
    "evtui.serve.watch": ('{"filter":"', '{"back":', "["),
    "evtui.raising": ("a={", "a:=", "{rand:", '{"a":', '"'),
    "socket": (
        "udp:", "unix:/", "rabbitmq:", "rabbitmq:u:p@h/", "rabbitmq:h/a?", "kafka:h/t?", "kafka:", "xmlrpc:h:1/p:m?",
        "tcp:h:1?", "flatstore:/a?", "virtual:PARALLEL ", "route:", "rabbitmq:[",
    ),
}  # fmt: skip
TAILS: Final = {"evtui.sip": "\r\n\r\n"}
NO_PARSERS: Final = {
    "evtui.backends.amqp.requests": "they write requests to a broker",
    "evtui.backends.kafka.bounded_library.connect_checked": "it opens a connection to a broker",
    "evtui.backends.fleet.merged_states": "they merge what backends told",
    "evtui.backends.seen.arrival_report": "it reports what arrived of an event that is named",
    "evtui.backends.seen.seen_report": "it reports what was seen of an event that is named",
    "evtui.core.errors": "they write errors",
    "evtui.filters.parse_filter.build": "parse_filter and parse_rule read with it",
    "evtui.filters.comparisons.compare": "its texts are parts of a filter, which parse_filter reads",
    "evtui.script.runtime.arithmetic.numeric_operation": "its text is an operator of the grammar",
    "evtui.script.runtime.arithmetic.compound_operation": "its text is an operator of the grammar",
    "evtui.script.runtime.patterns.translate": "it gets 4,096 characters at most",
    "evtui.script.runtime.patterns.search": "the pattern is the script's; matching has a time limit",
    "evtui.script.transformations.substitutions.substituted": "the pattern is the script's; matching has a time limit",
    "evtui.script.syntax.script_errors.caret": "it draws a line of an error",
    "evtui.codecs.endpoints.one_of": "it makes a parser of words",
    "evtui.codecs.payload.codec": "it finds a codec by its name",
    "evtui.codecs.payload.event_encoder": "it finds a codec by its name, for an event that is published",
    "evtui.codecs.payload.many_encoder": "it finds a codec by its name, for an event that is published",
    "evtui.codecs.jsonrpc_shapes.numbered": "it writes",
    "evtui.codecs.sockets.join_udp": "it writes a host that was checked",
    "evtui.codecs.raise_arguments.raise_arguments": "it writes",
    "evtui.raising.copy_forms.shell_command": "its first text is the name of an event",
    "evtui.raising.raise_template.template_of_params": "its text is the name of an event",
    "evtui.mi.protocol.results.maybe_long": "its text is the name of a member",
}
"""Functions whose first argument is a text, and why they are not tried."""


@dataclass(frozen=True)
class TriedParser:
    """A function that reads a text or bytes."""

    name: str
    read: Callable[[Any], object]
    takes_bytes: bool

    def work(self, text: str) -> Callable[[], object]:
        """Return the work of reading a text; a refusal is a result like any other."""
        given: Any = text.encode("utf-8", "surrogateescape") if self.takes_bytes else text

        def read() -> None:
            try:
                self.read(given)
            except (RecursionError, MemoryError, AssertionError):
                raise
            except Exception:  # noqa: BLE001 - what it refuses is the matter of other tests
                pass

        return read

    def texts(self) -> Iterator[tuple[str, str, str]]:
        """Yield texts as (seed, unit, tail); the unit is repeated."""
        key = next((room for room in SEEDS if self.name.startswith(room)), "")
        tail = next((tail for room, tail in TAILS.items() if self.name.startswith(room)), "")
        yield from product(("", *SEEDS.get(key, ())), (*SIGNS, *PAIRS), (tail,))


def with_arguments() -> dict[str, Callable[[Any], object]]:
    """Return the functions that need more than the text, with the rest of their arguments."""
    from evtui.backends.fleet import given_servers
    from evtui.backends.remote import line_replies
    from evtui.codecs import amqp_names, endpoints, flat, jsonrpc, jsonvalue, quickline, sockets, text, xmlrpc
    from evtui.core import transport, wildcards
    from evtui.core.records import DispatchPlan, Raised
    from evtui.filters import filter_suggestions, filter_values, parse_filter
    from evtui.filters.rules import parse_rule
    from evtui.mi.protocol import line_protocol
    from evtui.raising import raise_file, raise_template
    from evtui.script.runtime import local_cache
    from evtui.script.syntax import variable_syntax
    from evtui.transports import INFOS

    layout = flat.Layout()
    filtered = Raised(1, 0.0, "E_A", Params(("aa" * 50,), ("a",)), DispatchPlan(), (), ())
    return {
        "evtui.backends.fleet.given_servers.parse_server": lambda given: given_servers.parse_server(given, str),
        "evtui.backends.fleet.given_servers.parse_list": lambda given: given_servers.parse_list(given, str),
        "evtui.filters.parse_filter.parse_filter": lambda given: parse_filter.parse_filter(given, 0.0).shows(
            filtered, 0.0
        ),
        "evtui.filters.rules.parse_rule.parse_rule": lambda given: parse_rule.parse_rule(given, 0.0),
        "evtui.filters.filter_suggestions.suggest": lambda given: filter_suggestions.suggest(
            given, len(given), [filtered]
        ),
        "evtui.filters.filter_values.moment": lambda given: filter_values.moment(given, 0.0),
        "evtui.backends.remote.line_replies.read_line_reply": lambda given: line_replies.read_line_reply(
            "events_list", b"200 OK\n" + given.encode("utf-8", "surrogateescape")
        ),
        "evtui.codecs.amqp_names.short_name": lambda given: amqp_names.short_name(given, "key", _bad_part),
        "evtui.codecs.amqp_names.unescape": lambda given: amqp_names.unescape(given, "key", _bad_part),
        "evtui.codecs.endpoints.split_endpoint": lambda given: endpoints.split_endpoint("x", given),
        "evtui.codecs.endpoints.split_options": lambda given: endpoints.split_options("x", given, {"a": flag}),
        "evtui.codecs.flat.encode": lambda given: flat.encode("E_A", Params((given,)), layout),
        "evtui.codecs.flat.decode": lambda given: flat.decode(given, layout),
        "evtui.codecs.jsonrpc.encode_notification": lambda given: jsonrpc.encode_notification("E_A", Params((given,))),
        "evtui.codecs.jsonrpc.encode_plainly": lambda given: jsonrpc.encode_plainly("E_A", Params((given,))),
        "evtui.codecs.jsonvalue.scan": lambda given: jsonvalue.scan(given, 0),
        "evtui.codecs.quickline.quote_word": lambda given: quickline.quote_word("a=", given),
        "evtui.codecs.sockets.split_payload": lambda given: sockets.split_payload("udp", given),
        "evtui.codecs.sockets.check_socket": lambda given: sockets.check_socket(given, INFOS),
        "evtui.codecs.text.encode": lambda given: text.encode("E_A", Params((given,))),
        "evtui.codecs.text.encode_message": lambda given: text.encode_message("E_A", Params((given,))),
        "evtui.codecs.xmlrpc.encode_call": lambda given: xmlrpc.encode_call("m", "E_A", Params((given,))),
        "evtui.core.wildcards.matches": lambda given: (
            wildcards.matches("E_A", given),
            wildcards.matches(given, "*a*?[ab]*"),
        ),
        "evtui.core.transport.info_of": lambda given: transport.info_of(given, INFOS),
        "evtui.mi.protocol.line_protocol.write_listener_error": lambda given: line_protocol.write_listener_error(
            "{}", given
        ),
        "evtui.script.runtime.local_cache.local_key": lambda given: local_cache.local_key("local", given),
        "evtui.script.syntax.variable_syntax.starts_variable": lambda given: variable_syntax.starts_variable(given, 0),
        "evtui.raising.raise_template.template_of_words": lambda given: raise_template.template_of_words("E", [given]),
        "evtui.raising.raise_template.template_of_line": lambda given: raise_template.template_of_line("E", given),
        "evtui.raising.raise_template.line_of_words": lambda given: raise_template.line_of_words([given]),
        "evtui.raising.raise_file.open_rows": lambda given: [
            list(raise_file.open_rows("f", io.BytesIO(head + given.encode("utf-8", "surrogateescape")), "E"))
            for head in (b"", b"a,b:\n")
        ],
        "evtui.cli.mi_parameters.parse_call": lambda given: importlib.import_module(
            "evtui.cli.mi_parameters"
        ).parse_call("m", [given]),
    }


def tried_parsers() -> list[TriedParser]:
    """Return all parsers; a function that needs more arguments and is in no table has a `read` that fails."""
    more = with_arguments()
    found = [TriedParser("socket", socket_parser(), takes_bytes=False)]
    for name, function, first, needs_more in _functions():
        if any(name == skipped or name.startswith(f"{skipped}.") for skipped in NO_PARSERS):
            continue
        read = more[name] if name in more else _refuses(name) if needs_more else function
        found.append(TriedParser(name, read, takes_bytes=first is bytes))
    return found


def _bad_part(part: str, why: str) -> BadSocketError:
    return BadSocketError("x", part, why)


def _refuses(name: str) -> Callable[[Any], object]:
    def read(_given: Any) -> object:
        raise AssertionError(f"{name} reads a text: add it to with_arguments() or to NO_PARSERS")

    return read


def _functions() -> Iterator[tuple[str, Callable[..., object], type, bool]]:
    """Yield each public function of the rooms whose first argument is a text or bytes."""
    for info in pkgutil.walk_packages(evtui.__path__, "evtui."):
        if not info.name.startswith(ROOMS) or info.ispkg:
            continue
        module = importlib.import_module(info.name)
        for name, function in vars(module).items():
            if name.startswith("_") or not inspect.isfunction(function) or function.__module__ != info.name:
                continue
            given = list(inspect.signature(function).parameters.values())
            if given and given[0].annotation in {str, bytes}:
                needs_more = any(other.default is other.empty for other in given[1:])
                yield f"{info.name}.{name}", function, given[0].annotation, needs_more
