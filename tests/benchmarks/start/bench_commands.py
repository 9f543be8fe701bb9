"""Processor time of whole commands against that of the smallest command that click can make and that opens a socket."""

import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.benchmarks.pairs import pairs_of, say
from tests.functional.processes.evtui_process import Evtui

HELLO = """
import socket, sys
import click
@click.command()
@click.argument("path")
def hello(path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as opened:
        opened.connect(path)
    click.echo("hello")
hello()
"""
COMMANDS: Mapping[tuple[str, ...], str] = {
    ("events",): "at most 2",
    ("subscribers",): "at most 2",
    ("raise", "E_CORE_LOG", "a=1"): "at most 2",
    ("mi", "pwd"): "at most 2",
    ("subscribe", "E_CORE_LOG", "udp:127.0.0.1:9", "60"): "at most 2",
    ("--version",): "at most 1.5",
    ("events", "--help"): "at most 1.5",
}
ROUNDS = 11


def main() -> None:
    """Print the ratios."""
    with tempfile.TemporaryDirectory(prefix="evtui-bench-") as folder:
        evtui = Evtui(Path(folder))
        with evtui.serving("--subscribe", "E_CORE_LOG udp:127.0.0.1:9"):
            hello = [sys.executable, "-c", HELLO, str(evtui.mi_sock)]
            for words, limit in COMMANDS.items():
                command = [sys.executable, "-m", "evtui", *words]
                pairs = pairs_of([(_spent(command, evtui.environ), _spent(hello, evtui.environ))
                                  for _ in range(ROUNDS + 1)][1:])  # fmt: skip
                more = f"{pairs.ours * 1000:.0f} ms; hello {pairs.theirs * 1000:.0f} ms"
                say(f"evtui {' '.join(words)} / click's hello", pairs.ratios, limit, more)


def _spent(command: Sequence[str], environment: Mapping[str, str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        command, env=os.environ | dict(environment), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
