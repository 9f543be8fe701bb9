"""Whether an installed package may add a transport, found out without `importlib.metadata`.

Importing that and asking it for all entry points takes 12 to 35 ms of the time to the first paint, and most
installations have no such package. The files that it would read are named by the specification of entry points of the
Python packages: `entry_points.txt` in a directory `*.dist-info` or `*.egg-info`.
"""

import os
import sys
from collections.abc import Iterable
from importlib.machinery import PathFinder
from pathlib import Path

_DIRECTORIES = (".dist-info", ".egg-info")


def may_have_entry_points(group: str) -> bool:
    """Say whether a package may have entry points in groups that begin so; False is certain."""
    finders = [finder for finder in sys.meta_path if finder is not PathFinder]
    if any(hasattr(finder, "find_distributions") for finder in finders):
        return True
    return any(_may_hold(place, group.encode()) for place in dict.fromkeys(sys.path))


def _may_hold(place: str, group: bytes) -> bool:
    """Say whether a place of the import path may have the entry points: an archive, or an egg, may have any."""
    if place.lower().rstrip("/").endswith(".egg"):
        return True
    try:
        with os.scandir(place or ".") as entries:
            packages = [Path(entry.path) for entry in entries if entry.name.lower().endswith(_DIRECTORIES)]
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return _any_has(packages, group)


def _any_has(packages: Iterable[Path], group: bytes) -> bool:
    for package in packages:
        try:
            if group in (package / "entry_points.txt").read_bytes():
                return True
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError:
            return True
    return False
