"""Run cases on a server that somebody has built: a directory with `opensips` and `modules/`. Only on 127.0.0.1."""

import json
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from tests.script_truth import SENDER, SERVER, TruthAnswer, TruthCase, with_ports, without_ports

MODULES: Final = (
    "proto_udp", "sl", "tm", "rr", "sipmsgops", "signaling", "cfgutils", "mathops", "textops", "json", "statistics",
    "maxfwd", "cachedb_local", "mi_datagram", "event_datagram",
)  # fmt: skip
_RECORD: Final = re.compile(rb"\w{3} [ \d]\d [\d:]{8} \[\d+\] (?:\w+:)?(.*)", re.DOTALL)
_LONGEST: Final = 60.0
"""Seconds for the check of a file, for the start, and for all cases together."""


class ReferenceRun:
    """Asks a server many cases in one start; those that it refuses or dies on are found out."""

    def __init__(self, directory: Path, folder: Path) -> None:
        """`folder`: where its configuration and its log are written."""
        self._program = directory / "opensips"
        self._modules = directory / "modules"
        self._config = folder / "reference.cfg"
        self._log = folder / "reference.log"
        self._lived = False
        """Whether the server still lived when the cases of a run had ended."""
        self._end = 0.0
        """When the cases of a run must have ended, by the monotonic clock."""
        self.refused: set[str] = set()
        """Keys of cases that it did not start with."""
        self.died: set[str] = set()
        """Keys of cases that killed it."""

    def answers(self, cases: Sequence[TruthCase]) -> dict[str, TruthAnswer]:
        """Return the answers by key; a case that is refused or kills the server has none."""
        found: dict[str, TruthAnswer] = {}
        groups = [list(cases)]
        while groups:
            left = groups.pop()
            said = self._complaint(left)
            begun = [] if said else self._run(left, found)
            if begun and not (self._lived and len(begun) == len(left)):  # it died in the last one that had begun
                self.died.add(begun[-1])
                found.pop(begun[-1], None)
                groups.append([case for case in left if case.key not in begun])
            elif left and not begun:
                groups.extend(self._parted(left, said or self._log.read_text(encoding="utf-8", errors="replace")))
        return found

    def _complaint(self, cases: Sequence[TruthCase]) -> str:
        """Return what it says when it checks the cases and refuses them; empty when it takes them."""
        self._config.write_text(self._text(cases)[0], encoding="utf-8")
        checked = subprocess.run(
            [self._program, "-C", "-f", self._config, "-M", "16"], capture_output=True, timeout=_LONGEST, check=False
        )
        return (checked.stdout + checked.stderr).decode("utf-8", "replace") if checked.returncode else ""

    def _parted(self, cases: list[TruthCase], said: str) -> list[list[TruthCase]]:
        """Take out the cases that it complains of; without their lines, return both halves."""
        if len(cases) == 1:
            self.refused.add(cases[0].key)
            return []
        spans = self._text(cases)[1]
        lines = {int(number) for number in re.findall(r"(?:\.cfg:|line )(\d+)", said)}
        bad = [case for case in cases if any(number in lines for number in spans[case.key])]
        if not bad or len(bad) == len(cases):
            middle = len(cases) // 2
            return [cases[:middle], cases[middle:]]
        self.refused.update(case.key for case in bad)
        return [[case for case in cases if case not in bad]]

    def _text(self, cases: Sequence[TruthCase]) -> tuple[str, dict[str, range]]:
        """Return a configuration that runs these cases, and which lines are each one's."""
        lines = [
            "log_level=3", "xlog_level=4", "log_stdout=no", "stderror_enabled=yes", "syslog_enabled=no",
            "udp_workers=1", f"socket=udp:{SERVER[0]}:{SERVER[1]}", f'mpath="{self._modules}/"',
            *(f'loadmodule "{name}.so"' for name in MODULES),
            f'modparam("mi_datagram", "socket_name", "udp:127.0.0.1:{SERVER[1] + 2}")',
            f'startup_route {{ subscribe_event("E_OUT", "udp:127.0.0.1:{SERVER[1] + 3}"); }}',
            'route[declare_] { raise_event("E_OUT"); raise_event("E_CTL"); }',
        ]  # fmt: skip
        spans: dict[str, range] = {}
        for place, head, test in (
            ("event", "event_route[E_CTL]", "$param(c)"),
            ("message", "route", "$hdr(X-Case)"),
            ("reply", "onreply_route", "$hdr(X-Case)"),
        ):
            lines.append(f"{head} {{")
            for case in cases:
                if case.place == place:
                    first = len(lines) + 1
                    lines.append(f'if ({test} == "{case.key}") {{ xlog("@@B {case.key}\\n");')
                    lines.extend(f'{case.body}\nxlog("@@E\\n"); exit; }}'.splitlines())
                    spans[case.key] = range(first, len(lines) + 1)
            lines.append('if ($param(c) == "@fin") xlog("@@F $param(n)\\n"); exit; }')
        return "\n".join([*lines, *dict.fromkeys(case.routes for case in cases), ""]), spans

    def _run(self, cases: Sequence[TruthCase], found: dict[str, TruthAnswer]) -> list[str]:
        """Run cases until all have ended or the server has; return the keys of those that have begun."""
        self._config.write_text(self._text(cases)[0], encoding="utf-8")
        self._lived = False
        self._end = time.monotonic() + _LONGEST
        with self._log.open("wb") as log, _bound(SENDER[1]) as own, _bound(SERVER[1] + 3) as out:
            process = subprocess.Popen(
                [self._program, "-F", "-f", self._config, "-m", "64", "-M", "16"],
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            try:
                if not self._finished("@start", process):
                    return []
                payloads = self._ask_all(cases, own, out, process)
            finally:
                process.terminate()
                with suppress(subprocess.TimeoutExpired):
                    process.wait(5)
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)  # its children too, when it has died
                process.wait()
        lines = self._lines()
        found.update({key: TruthAnswer(lines[key], payloads[key]) for key in lines if key in payloads})
        return list(lines)

    def _ask_all(
        self, cases: Sequence[TruthCase], own: socket.socket, out: socket.socket, process: subprocess.Popen[bytes]
    ) -> dict[str, tuple[str, ...]]:
        """Run the cases; return what each raised. The rest is left out when the server does not answer any more."""
        payloads: dict[str, tuple[str, ...]] = {}
        for case in cases:
            found = self._ask(case, own, out, process)
            payloads[case.key] = found or ()
            if found is None or time.monotonic() > self._end:
                return payloads
        self._lived = self._finished("@end", process)
        return payloads

    def _ask(
        self, case: TruthCase, own: socket.socket, out: socket.socket, process: subprocess.Popen[bytes]
    ) -> tuple[str, ...] | None:
        """Run a case; return what it raised, or None when the server did not answer."""
        if case.message is not None:
            own.sendto(with_ports(case.message).encode(), SERVER)
            self._logged(f"@@B {case.key}", process, 2)
        elif not _raise("E_CTL", {"c": case.key, **case.params}, process):
            return None
        if "raise_event" not in case.body + case.routes or not self._finished(case.key, process):
            return ()
        _raise("E_OUT", {"mark": case.key}, process)
        found: list[str] = []
        with suppress(OSError):
            while f'"mark":"{case.key}"' not in (text := out.recv(65_535).decode("utf-8", "backslashreplace")):
                found.append(text)
        return tuple(found)

    def _finished(self, mark: str, process: subprocess.Popen[bytes]) -> bool:
        """Run what was asked until now; return whether the server lives."""
        return _raise("E_CTL", {"c": "@fin", "n": mark}, process) and self._logged(f"@@F {mark}", process, _LONGEST)

    def _logged(self, mark: str, process: subprocess.Popen[bytes], seconds: float) -> bool:
        end = min(time.monotonic() + seconds, self._end)
        with self._log.open("rb") as log:
            while process.poll() is None and time.monotonic() < end:
                log.seek(max(0, self._log.stat().st_size - 60_000))
                if f"{mark}\n".encode() in log.read():
                    return True
                time.sleep(0.001)
        return False

    def _lines(self) -> dict[str, tuple[str, ...]]:
        """Return what each case that has begun has logged."""
        lines: dict[str, list[str]] = {}
        current: list[str] = []
        records: list[str] = []
        for row in self._log.read_bytes().split(b"\n"):
            text = row.decode("utf-8", "backslashreplace")
            if match := _RECORD.fullmatch(row):
                records.append(match[1].decode("utf-8", "backslashreplace"))
            elif records:
                records[-1] += "\n" + text
        for record in records:
            if record.startswith("@@B "):
                current = lines.setdefault(record[4:].strip(), [])
            elif record.startswith("@@"):
                current = []
            elif record.startswith("= "):
                current.append(without_ports(record[2:].rstrip("\r\n")))  # evtui logs no line end
        return {key: tuple(texts) for key, texts in lines.items()}


def _bound(port: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", port))
    sock.settimeout(2)
    return sock


def _raise(event: str, values: dict[str, str | int], process: subprocess.Popen[bytes]) -> bool:
    """Raise an event over the management interface; return whether the server answered."""
    params = [event, json.dumps(values)]
    request = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "raise_event", "params": params})
    end = time.monotonic() + 10
    while process.poll() is None and time.monotonic() < end:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client, suppress(OSError):
            client.settimeout(2)
            client.connect(("127.0.0.1", SERVER[1] + 2))
            client.send(request.encode())
            return bool(client.recv(65_535))
        time.sleep(0.02)
    return False
