"""The versions of this program, and of what it runs on."""

import re
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from evtui.cli import output
from evtui.core.known_versions import VERSION

if TYPE_CHECKING:
    from evtui.codecs.jsonvalue import Json, Members

_NAME_IN_REQUIREMENT: Final = re.compile(r"[^A-Za-z0-9_.-]")


def print_version(*, as_json: bool = False) -> None:
    """Print the version; as JSON with those of Python, the system and the libraries that do the work."""
    with output.quiet_pipe():
        if as_json:
            output.json_line(_versions())
        else:
            output.data(f"evtui {VERSION}")


def _versions() -> "Members":
    import platform
    from importlib.metadata import PackageNotFoundError, requires, version  # takes 24 ms

    from evtui.codecs.jsonvalue import Members

    libraries: list[tuple[str, Json]] = []
    for name in sorted({_NAME_IN_REQUIREMENT.split(text)[0] for text in requires("evtui") or ()}):
        with suppress(PackageNotFoundError):  # one of an extra that is not installed
            libraries.append((name, version(name)))
    return Members(
        (
            ("evtui", VERSION),
            ("python", platform.python_version()),
            ("system", platform.platform()),
            ("libraries", Members(libraries)),
        )
    )
