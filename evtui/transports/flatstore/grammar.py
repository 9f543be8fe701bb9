"""The grammar of flat files: `flatstore:/PATH[?delimiter=D&escape_delimiter=E&suppress_event_name&durable]`.

Nothing on the disk is read here. Each error names the wrong part and what would be right.
"""

import re
from collections.abc import Mapping
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from evtui.codecs.endpoints import Option, flag, join_options, named, split_options
from evtui.codecs.flat import Layout
from evtui.core.errors import BadSocketError

MAX_PATH: Final = 4000
"""Bytes of the longest path: Linux takes 4095, and a rotated file's name is longer than its file's."""

OPTIONS: Final[Mapping[str, Option]] = {
    "delimiter": named,
    "escape_delimiter": named,
    "suppress_event_name": flag,
    "durable": flag,
}


class FlatSocket(Struct, frozen=True):
    """A flat file understood: where it is, how its lines are written."""

    path: str
    layout: Layout
    durable: bool | None
    """None leaves it to the configuration."""
    address: str
    """Its one spelling."""


def parse_flat(address: str, layout: Layout) -> FlatSocket:
    """Understand what follows `flatstore:`; `layout` is what lines look like without options.

    raises BadSocketError: part `path` or an option's name.
    """
    text = f"flatstore:{address}"
    path, options = split_options(text, address, OPTIONS)
    path = re.sub(r"/(\.?/)+", "/", _check_path(text, path))
    durable = options["durable"] == "true" if "durable" in options else None
    return FlatSocket(path, _with_options(text, layout, options), durable, path + join_options(options, OPTIONS))


def _with_options(text: str, layout: Layout, options: Mapping[str, str]) -> Layout:
    for option, field in (("delimiter", "delimiter"), ("escape_delimiter", "escape")):
        try:
            layout = replace(layout, **{field: options[option]} if option in options else {})
        except ValueError as error:
            raise BadSocketError(text, option, str(error)) from error
    bare = options.get("suppress_event_name", "true" if layout.bare else "false")
    return replace(layout, bare=bare == "true")


def _check_path(text: str, path: str) -> str:
    size = len(path.encode("utf-8", "replace"))
    if any("\ud800" <= character <= "\udfff" and not "\udc80" <= character <= "\udcff" for character in path):
        raise BadSocketError(text, "path", "it holds a character that no path can hold")
    if not path.startswith("/"):
        raise BadSocketError(text, "path", "it must be absolute: write flatstore:/PATH" if path else "missing")
    if "\0" in path:
        raise BadSocketError(text, "path", "it holds a NUL byte")
    if path.endswith(("/", "/.", "/..")):
        raise BadSocketError(text, "path", "it names a directory: name the file")
    if size > MAX_PATH:
        raise BadSocketError(text, "path", f"{size:,} bytes, at most {MAX_PATH:,}")
    return path
