"""The Pythons of this machine, by version: `python -m tests.pythons 3.12` prints where one is, or ends with status 1.

uv finds most. It gives up at a version that pyenv has and has not chosen: those are looked for where pyenv keeps them.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.limits import HANG
from tests.uv import UV

VERSIONS: Final = ("3.11", "3.12", "3.13")
"""The versions that evtui is for."""


def find_python(version: str) -> Path | None:
    """Return a Python of a version that runs; None when this machine has none. Nothing is downloaded."""
    return next((python for python in _candidates(version) if _runs(python, version)), None)


def _candidates(version: str) -> Iterator[Path]:
    command = [UV, "python", "find", "--no-project", "--no-python-downloads", version]
    try:
        found = subprocess.run(command, capture_output=True, text=True, check=False, timeout=HANG)
    except OSError:
        found = None
    if found is not None and found.returncode == 0:
        yield Path(found.stdout.strip())
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from sorted(root.glob(f"versions/{version}.*/bin/python{version}"))
    yield Path(f"/usr/bin/python{version}")


def _runs(python: Path, version: str) -> bool:
    code = "import sys, venv; print('%d.%d' % sys.version_info[:2])"
    try:
        ran = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False, timeout=HANG)
    except OSError:
        return False
    return ran.stdout.strip() == version


if __name__ == "__main__":
    place = find_python(sys.argv[1])
    if place is None:
        raise SystemExit(1)
    sys.stdout.write(f"{place}\n")
