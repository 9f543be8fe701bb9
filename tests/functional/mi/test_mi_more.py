"""Requests and payloads that 3.6.8 answered beside a script, asked here over the same doors, in order."""

import json
import re
import socket
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final

import anyio
import pytest
from msgspec import Struct

from evtui.backends.embedded import EmbeddedBackend
from evtui.bootstrap.engine_setup import RunningEngine, running_engine
from evtui.bootstrap.listeners import ListenAddresses
from evtui.config.setting_sources import from_tree
from evtui.mi.dispatch import Dispatcher
from evtui.scripting.program_config import combine_with_script
from tests.fakes.mi_fakes import fake_about
from tests.functional.mi.mi_recorded import CAPTURES, to_bytes
from tests.functional.mi.mi_world import ask_fifo, ask_http, fifo_server, free_port, http_server
from tests.limits import HANG
from tests.paths import TEST_DATA

SCRIPT: Final = TEST_DATA / "scripts_run" / "mi_more.cfg"

_IDS = "ids are returned as they came; OpenSIPS cuts them to 32 bits"
_SCALAR = "an id that is not text, a number or null makes an invalid request; OpenSIPS sends no JSON"
_PART = "`data` says which part is wrong; OpenSIPS leaves it out"
_VALUES = "arrays and objects in raised values become their JSON text; OpenSIPS refuses them"
_OBJECT = "a raise takes an object as pairs; OpenSIPS takes only its JSON text"
_HELP = "help texts of our own"
_QUALIFIED = "the names of 4.x work beside those of 3.x"
_UTF_8 = "replies are UTF-8: another byte is printed as its escape"
_ANSWERED = "a FIFO request that is not JSON is answered; the client of OpenSIPS waits for ever"
_INTS = "raised ints stay ints, and have 64 bits; a float stays a float"
_UNNAMED = "an array raises values without names, always; OpenSIPS gives them empty names at random"
_EMPTY = "an empty object raises no parameters; OpenSIPS sends what was in its memory"
_TYPES = "true, null and a float stay what they are; OpenSIPS sends the text null for the first two, and cuts floats"
_COMMA = "a comma in a value stays; OpenSIPS replaces it for all subscribers when one is a flat file"
_LINES = "a line end, a backslash or a delimiter in a value is escaped in a flat file"


def _table(*reasons: tuple[str, str]) -> Mapping[str, str]:
    """Spell out `(reason, "area, name; …")`."""
    return {" ".join(key.split()): reason for reason, keys in reasons for key in keys.split(";")}


DIFFERENCES: Final = _table(
    (_IDS, "mi-udp: id huge; mi-udp: id 2^53+1; mi-http: id huge; mi-http: id 2^53+1"),
    (_SCALAR, "mi-udp: id object; mi-fifo: id object"),
    (_VALUES, "mi-udp: raise array nested; mi-http: raise array nested"),
    (_OBJECT, "mi-udp: raise object real; mi-http: raise object real"),
    (_HELP, "mi-udp: help arg; mi-http: help arg"),
    (_QUALIFIED, "mi-udp: evi:list; mi-http: evi:list"),
    (_UTF_8, "mi-udp: bad utf8 id"),
    (_INTS, "payload-udp: mi arr; payload-udp: mi arr float; payload-flat: mi arr float"),
    (_INTS, "payload-udp: mi arr big; payload-flat: mi arr big"),
    (_UNNAMED, "payload-udp: mi arr unicode"),
    (_EMPTY, "payload-udp: mi obj empty; payload-flat: mi obj empty"),
    (_TYPES, "payload-udp: mi obj types; payload-flat: mi obj types"),
    (_COMMA, "payload-udp: script comma"),
    (_LINES, "payload-flat: script comma; payload-flat: script pairs; payload-flat: script ctl"),
    (
        _ANSWERED,
        """mi-fifo: NUL in string; mi-fifo: u0000 in id; mi-fifo: lone surrogate id;
        mi-fifo: trailing comma""",
    ),
)
"""Why an answer differs on purpose, by its area and name. One that is no longer different fails its test."""


class Case(Struct, frozen=True):
    """What was sent, and what came back: a reply, or the notifications of a raise."""

    key: str
    area: str
    request: bytes
    reference: Any


def _read_cases() -> list[Case]:
    lines = (CAPTURES / "mi_more.jsonl").read_text("utf-8").splitlines()
    return [_read_case(json.loads(line)) for line in lines]


def _read_case(case: dict[str, Any]) -> Case:
    given = case["input"]
    name = given.get("name", given.get("case"))
    request = given.get("request") or _raise(given["params"])
    return Case(f"{case['area']}: {name}", case["area"], _whole(request), case["reference"])


def _raise(params: list[Any]) -> str:
    return json.dumps({"jsonrpc": "2.0", "id": 7, "method": "raise_event", "params": params})


def _whole(request: str) -> bytes:
    """Write a long request again whose recording was cut: one letter, often."""
    cut = re.fullmatch(r'(.*:")((.)\3+)…\((\d+) bytes\)', request, re.DOTALL)
    if cut is None:
        return to_bytes(request)
    end = '"}' if '"method":' in request else '","method":"nosuch"}'
    filling = int(cut[4]) - len(cut[1]) - len(end)
    return f"{cut[1]}{cut[3] * filling}{end}".encode()


CASES: Final = _read_cases()


class _Server:
    """A server with the recorded events and script, asked over any door."""

    def __init__(self, running: RunningEngine, directory: Path, port: int) -> None:
        self.engine = running.engine
        self.dispatcher = Dispatcher(
            EmbeddedBackend(running.engine, trusted=False), fake_about(), script=running.script
        )
        self.directory = directory
        self.port = port
        self._receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._receiver.bind(("127.0.0.1", 0))
        self._receiver.setblocking(False)
        self._flat = directory / "flat"

    def close(self) -> None:
        self._receiver.close()

    async def ask(self, case: Case) -> object:
        match case.area:
            case "mi-udp":
                return _decoded(await self.dispatcher.datagram(case.request))
            case "mi-http":
                return await self._over_http(case.request)
            case "mi-fifo":
                fifo = self.directory / "fifo"
                return _decoded(await ask_fifo(fifo, self.directory, b":REPLY:" + case.request))
            case "payload-udp":
                return await self._raised(
                    case.request, f"udp:127.0.0.1:{self._receiver.getsockname()[1]}", self._datagrams
                )
            case _:
                return await self._raised(case.request, f"flatstore:{self._flat}", self._lines)

    async def _over_http(self, body: bytes) -> str:
        head = f"POST /mi HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
        reply = await ask_http(self.port, f"{head}\r\nConnection: close\r\n\r\n".encode() + body)
        head, _, text = reply.decode().partition("\r\n\r\n")
        status, _, _ = head.partition("\r\n")
        return f"{status} | {text}"

    async def _raised(self, request: bytes, subscriber: str, read: Callable[[], list[str]]) -> list[str]:
        self.engine.subscribe("E_T", subscriber)
        await self.dispatcher.json(request)
        with anyio.fail_after(HANG):
            while not (got := read()):  # noqa: ASYNC110 - a socket and a file, of which none has an event
                await anyio.sleep(0.005)
        self.engine.subscribe("E_T", subscriber, 0)
        return got

    def _datagrams(self) -> list[str]:
        try:
            return [self._receiver.recv(65536).decode()]
        except BlockingIOError:
            return []

    def _lines(self) -> list[str]:
        if not self._flat.exists() or not (text := self._flat.read_bytes()):
            return []
        self._flat.write_bytes(b"")
        return [text.decode()]


def _decoded(reply: bytes | None) -> str | None:
    return None if reply is None else reply.decode()


async def _ask_all(directory: Path) -> dict[str, object]:
    port = free_port()
    tree = {
        "script": {"files": [str(SCRIPT)]},
        "transports": {"flatstore": {"roots": [str(directory)]}},
    }
    loaded = combine_with_script(list(from_tree(tree, "keyword")))
    answers: dict[str, object] = {}
    async with AsyncExitStack() as stack:
        running = await stack.enter_async_context(running_engine(loaded, ListenAddresses(), implied=False))
        for name in ("E_A", "E_B"):
            running.engine.publish(name)
        server = _Server(running, directory, port)
        stack.callback(server.close)
        await stack.enter_async_context(fifo_server(server.dispatcher, directory / "fifo", directory))
        await stack.enter_async_context(http_server(server.dispatcher, port))
        for case in CASES:
            if case.key == "mi-udp: named expire str":  # of a request that is not among the cases
                running.engine.subscribe("E_T", "udp:127.0.0.1:17512", 30)
            answers[case.key] = await server.ask(case)
    return answers


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    return anyio.run(_ask_all, tmp_path_factory.mktemp("mi_more"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.key)
def test_it_answers_as_the_server_did(case: Case, answers: dict[str, object]) -> None:
    ours, theirs = _comparable(answers[case.key]), _comparable(_undone(case.reference))
    if case.key in DIFFERENCES:
        assert ours != theirs, f"no longer different: take it from the list ({DIFFERENCES[case.key]})"
    else:
        assert ours == theirs


def test_every_difference_names_a_case() -> None:
    assert DIFFERENCES.keys() <= {case.key for case in CASES}
    assert len(CASES) == len({case.key for case in CASES}), "a key names one case"


def _undone(reference: Any) -> Any:
    return to_bytes(reference).decode("utf-8", "surrogateescape") if isinstance(reference, str) else reference


def _comparable(answer: Any) -> Any:
    """Leave out ids of events, seconds left, and the `data` that says which part is wrong: OpenSIPS has none."""
    if not isinstance(answer, str):
        return answer
    answer = re.sub(r'("message":"Bad parameter value"),"data":"(?:[^"\\]|\\.)+"', r"\1", answer)
    answer = re.sub(r'("ttl":)(?:T|\d+)', r"\1T", answer)
    return re.sub(r'("name":"E_T","id":)(?:N|\d+)', r"\1N", answer)
