"""The fixture of hostile tests that runs a command line in this process."""

import io
import logging
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from evtui.cli.commands import app


@pytest.fixture
def run_here(
    capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Callable[..., bytes]]:
    """Run a command line in this process, sooner than in one of its own; returns all that it wrote."""
    monkeypatch.chdir(tmp_path)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level

    def run(*words: str) -> bytes:
        for name, number, errors in (("stdout", 1, "strict"), ("stderr", 2, "backslashreplace")):
            monkeypatch.setattr(sys, name, io.TextIOWrapper(open(number, "wb", closefd=False), "utf-8", errors))  # noqa: SIM115
        with pytest.raises(SystemExit):
            app(words, prog_name="evtui")
        sys.stdout.flush()
        sys.stderr.flush()
        return b"".join(capfdbinary.readouterr())

    yield run
    root.handlers[:], root.level = handlers, level
