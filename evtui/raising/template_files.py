"""Templates of raises: one TOML file each, `templates/NAME.toml` in the config directory, to be shared as it is.

```toml
event = "E_PIKE_BLOCKED"
description = "one address after the other"

[params]
ip = "192.0.2.{rand:1-254}"      # text; placeholders are filled at each raise
count = 3                        # a number
number = { json = "{n}" }        # JSON, also of a placeholder; null is { json = "null" }
```

`params` may also be an array of values without names, or of `{ name = "a", value = "x" }` where a name repeats.
"""

import os
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, cast

from msgspec import Struct

from evtui.codecs.quickline import format_pair, parse_words, written_words
from evtui.core.errors import BadEventNameError, BadParamsError, RequestError
from evtui.core.values import Value, check_event_name
from evtui.raising.raise_template import RaiseTemplate, line_of_words, template_of_words

FOLDER: Final = "templates"
MAX_TEMPLATES: Final = 500
"""Files of the folder that are listed."""
MAX_FILE: Final = 1 << 20
"""Bytes of the largest template that is read."""

_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,63}")
_KEYS: Final = ("event", "description", "params")


class BadTemplateError(RequestError):
    """A template that cannot be read or written: its file, the key, and what is wrong with it."""

    def __init__(self, path: Path, key: str, why: str) -> None:
        super().__init__(f"template {path}: {key}: {why}" if key else f"template {path}: {why}")
        self.path = path
        self.key = key
        self.why = why


class SavedTemplate(Struct, frozen=True):
    """A template with its name; `words` are its parameters as the words of `evtui raise`."""

    name: str
    event: str
    words: tuple[str, ...] = ()
    description: str = ""

    def template(self) -> RaiseTemplate:
        """Return it as raises are made of it."""
        return template_of_words(self.event, self.words)

    def line(self) -> str:
        """Write its parameters as a quick line."""
        return line_of_words(self.words)


class TemplateFolder:
    """The templates of one config directory. Every method blocks."""

    def __init__(self, config: Path) -> None:
        """Take the config directory; the folder need not exist."""
        self.path = config / FOLDER

    def names(self) -> tuple[str, ...]:
        """List the names of the templates, sorted.

        raises BadTemplateError: the folder cannot be read.
        """
        try:
            found = sorted(path.stem for path in self.path.glob("*.toml") if _NAME.fullmatch(path.stem))
        except OSError as error:
            raise BadTemplateError(self.path, "", error.strerror or str(error)) from error
        return tuple(found[:MAX_TEMPLATES])

    def load(self, name: str) -> SavedTemplate:
        """Read a template.

        raises BadTemplateError: there is no such file, or a key of it is wrong.
        """
        path = self._file(name)
        try:
            with path.open("rb") as file:
                raw = file.read(MAX_FILE + 1)
        except FileNotFoundError as error:
            known = ", ".join(self.names()[:10]) or "none"
            raise BadTemplateError(path, "", f"there is no such file; templates there are: {known}") from error
        except OSError as error:
            raise BadTemplateError(path, "", error.strerror or str(error)) from error
        if len(raw) > MAX_FILE:
            raise BadTemplateError(path, "", f"it is larger than {MAX_FILE:,} bytes")
        return read_template(path, name, raw)

    def load_all(self) -> tuple[tuple[SavedTemplate, ...], tuple[BadTemplateError, ...]]:
        """Read all templates, and say what is wrong with those that cannot be read.

        raises BadTemplateError: the folder cannot be read.
        """
        found: list[SavedTemplate] = []
        wrong: list[BadTemplateError] = []
        for name in self.names():
            try:
                found.append(self.load(name))
            except BadTemplateError as error:
                wrong.append(error)
        return tuple(found), tuple(wrong)

    def save(self, template: SavedTemplate, *, replace: bool = False) -> Path:
        """Write a template and return its path.

        raises BadTemplateError: its name is not one of a file, a file of this name exists, or it cannot be written.
        """
        path = self._file(template.name)
        text = write_template(path, template)
        draft = path.with_name(f".{path.name}.{os.getpid()}.new")
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            draft.write_bytes(text)
            if replace:
                draft.replace(path)
            else:
                path.hardlink_to(draft)
        except FileExistsError as error:
            raise BadTemplateError(path, "", "it exists already") from error
        except OSError as error:
            raise BadTemplateError(path, "", error.strerror or str(error)) from error
        finally:
            draft.unlink(missing_ok=True)
        return path

    def _file(self, name: str) -> Path:
        path = self.path / f"{name}.toml"
        if not _NAME.fullmatch(name):
            raise BadTemplateError(path, "name", "letters, digits and . _ - only, at most 64, not . or - first")
        return path


def read_template(path: Path, name: str, raw: bytes) -> SavedTemplate:
    """Read the text of a template; `path` is named in errors.

    raises BadTemplateError: it is not TOML, or a key is wrong.
    """
    try:
        table = tomllib.loads(raw.decode())
    except UnicodeDecodeError as error:
        raise BadTemplateError(path, "", f"it is not UTF-8: byte {error.start + 1}") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadTemplateError(path, "", f"it is not TOML: {error}") from error
    for key in table:
        if key not in _KEYS:
            raise BadTemplateError(path, key, f"there is no such key: known are {', '.join(_KEYS)}")
    event = _text(path, table, "event")
    if event is None:
        raise BadTemplateError(path, "event", "it is missing")
    try:
        check_event_name(event)
    except BadEventNameError as error:
        raise BadTemplateError(path, "event", error.why) from error
    words = tuple(_words(path, table.get("params", {})))
    return SavedTemplate(name, event, words, _text(path, table, "description") or "")


def write_template(path: Path, template: SavedTemplate) -> bytes:
    """Write a template as TOML; `path` is named in errors.

    raises BadTemplateError: its event or a name is not UTF-8.
    """
    import tomli_w  # on first use: most runs save no template

    table: dict[str, object] = {"event": template.event}
    if template.description:
        table["description"] = template.description
    if template.words:
        table["params"] = _params_table(template.words)
    try:
        return tomli_w.dumps(table).encode()
    except UnicodeEncodeError as error:
        raise BadTemplateError(path, "", "its event or a name holds bytes that are not UTF-8") from error


def _text(path: Path, table: Mapping[str, object], key: str) -> str | None:
    value = table.get(key)
    if value is not None and not isinstance(value, str):
        raise BadTemplateError(path, key, f"it is a text, not {_kind(value)}")
    return value


def _words(path: Path, params: object) -> Iterator[str]:
    """Turn the value of `params` into words, each checked alone and then all together."""
    words: list[str] = []
    for key, name, value in _named_values(path, params):
        try:
            word = _word(name, value)
            template_of_words("E", [word])
        except BadParamsError as error:
            raise BadTemplateError(path, key, getattr(error, "reason", error.why)) from error
        words.append(word)
    try:
        template_of_words("E", words)
    except BadParamsError as error:
        raise BadTemplateError(path, "params", getattr(error, "reason", error.why)) from error
    yield from words


def _named_values(path: Path, params: object) -> Iterator[tuple[str, str | None, object]]:
    match params:
        case dict():
            for name, value in cast("dict[str, object]", params).items():
                yield f"params.{name}", name, value
        case list():
            for place, item in enumerate(cast("list[object]", params)):
                key = f"params[{place}]"
                if isinstance(item, dict) and "name" in item:
                    yield _named_item(path, key, cast("dict[str, object]", item))
                else:
                    yield key, None, item
        case _:
            raise BadTemplateError(path, "params", f"it is a table or an array, not {_kind(params)}")


def _named_item(path: Path, key: str, item: dict[str, object]) -> tuple[str, str, object]:
    name = item["name"]
    if not isinstance(name, str):
        raise BadTemplateError(path, f"{key}.name", f"it is a text, not {_kind(name)}")
    if item.keys() == {"name", "value"}:
        return f"{key}.value", name, item["value"]
    if item.keys() == {"name", "json"}:
        return f"{key}.json", name, {"json": item["json"]}
    raise BadTemplateError(path, key, "it has the keys name and value, or name and json")


def _word(name: str | None, value: object) -> str:
    if isinstance(value, bool):
        return "".join(format_pair(name, "true" if value else "false"))
    if isinstance(value, str | int | float):
        return "".join(format_pair(name, value))
    text = _only_json(value)
    if text is not None:
        return format_pair(name, None)[0] + text
    raise BadParamsError(f'it is a text, a number or {{ json = "…" }}, not {_kind(value)}')


def _only_json(value: object) -> str | None:
    """Return the text of `{ json = "…" }`; None for anything else."""
    table = cast("dict[str, object]", value) if isinstance(value, dict) else {}
    text = table.get("json")
    return text if len(table) == 1 and isinstance(text, str) else None


def _params_table(words: Sequence[str]) -> object:
    pairs = written_words(words)
    values = [_toml_value(pair.is_json, pair.text) for pair in pairs]
    names = [pair.name for pair in pairs]
    if all(name is None for name in names):
        return values
    # A table within the table would be written behind its plain values, and the order would be lost.
    if len(set(names)) == len(names) and not any(isinstance(value, dict) for value in values):
        return dict(zip(names, values, strict=True))
    return [
        {"name": name, **(value if isinstance(value, dict) else {"value": value})}
        for name, value in zip(names, values, strict=True)
    ]


def _toml_value(is_json: bool, text: str) -> "str | int | float | dict[str, str]":
    if not is_json:
        return text
    try:
        value: Value = parse_words([f":={text}"]).values[0]
    except BadParamsError:  # a placeholder stands in it
        return {"json": text}
    if isinstance(value, int) and abs(value) < 1 << 63:
        return value
    return value if isinstance(value, float) else {"json": text}


def _kind(value: object) -> str:
    match value:
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "a text"
        case list():
            return "an array"
        case dict():
            return "a table"
        case _:
            return "a date or a time"
