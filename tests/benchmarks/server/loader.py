"""The C program at the other end of a server: receivers that count, and clients that ask (load.c)."""

import contextlib
import shutil
import subprocess
import time
from collections.abc import Generator
from pathlib import Path
from typing import Final

from tests.limits import HANG
from tests.processes import read_line

SOURCE: Final = Path(__file__).with_name("load.c")
QUIET: Final = 0.5
"""Seconds without a datagram after which no more are expected: those that are missing are lost."""


def compiled(folder: Path) -> Path | None:
    """Compile it into a folder; None where there is no C compiler."""
    compiler = shutil.which("cc")
    if compiler is None:
        return None
    program = folder / "load"
    subprocess.run([compiler, "-O2", "-Wall", "-Werror", "-o", program, SOURCE], check=True)
    return program


class Receivers:
    """Sockets that a process of their own empties and counts."""

    def __init__(self, process: "subprocess.Popen[str]", sockets: list[str], quiet: float) -> None:
        self._process = process
        self._quiet = quiet
        self.sockets = sockets
        """What to subscribe."""

    def taken(self, wanted: int) -> int:
        """Count what came since the last call, once all that is wanted is there, or nothing more comes."""
        count, changed = self._more(), time.monotonic()
        while count < wanted and time.monotonic() - changed < self._quiet:
            time.sleep(0.01)
            if more := self._more():
                count, changed = count + more, time.monotonic()
        return count

    def _more(self) -> int:
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return int(read_line(self._process, self._process.stdout))


@contextlib.contextmanager
def receivers(program: Path, scheme: str, count: int, folder: Path, *, quiet: float = QUIET) -> Generator[Receivers]:
    """Run receivers for a scheme, `udp` or `unix`; those of UNIX sockets lie in the folder."""
    command = [str(program), "drain", scheme, str(count), str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        names = read_line(process, process.stdout).split()
        sockets = [f"udp:127.0.0.1:{name}" if scheme == "udp" else f"unix:{folder}/{name}" for name in names]
        assert len(sockets) == count, names
        yield Receivers(process, sockets, quiet)


def asked(program: Path, client: str, where: object, trips: int, *more: object) -> float:
    """Let clients ask and wait for each reply; return how many replies they got a second. Each has to say OK."""
    command = [str(program), "ask", client, str(where), str(trips), *map(str, more)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=HANG, check=False)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stdout}{done.stderr}"
    good, seconds = done.stdout.split()
    return int(good) / float(seconds)
