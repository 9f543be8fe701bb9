"""Lines of a recording as bytes of JSON.

msgspec writes and reads nearly all of them. JSON that it refuses is written and read by `jsonvalue`: bytes that are not
UTF-8, and numbers of any length.
"""

import json
from collections.abc import Sequence
from typing import Any, Final, cast

import msgspec
from msgspec import Raw

from evtui.codecs.jsonvalue import Json, Members, decode_text, dump_bytes, loads, to_params
from evtui.codecs.recording.line_types import AnyLine
from evtui.core.errors import BadMessageError
from evtui.core.values import Params

_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final[msgspec.json.Decoder[AnyLine]] = msgspec.json.Decoder(AnyLine)


def encode_line(line: AnyLine) -> bytes:
    """Write a line, without its line end."""
    try:
        return _ENCODER.encode(line)
    except UnicodeEncodeError:
        return _dump(msgspec.to_builtins(line, builtin_types=(Raw,)))


def decode_line(raw: bytes) -> AnyLine:
    """Read a line.

    raises BadMessageError: what is wrong with it.
    """
    try:
        return _DECODER.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        first = error
    except RecursionError as error:
        raise BadMessageError("nested too deep") from error
    try:
        line: AnyLine = msgspec.convert(_plain(loads(decode_text(raw))), AnyLine)  # type: ignore[arg-type,unused-ignore]
    except (msgspec.ValidationError, UnicodeEncodeError) as error:
        raise BadMessageError(str(first)) from error
    except RecursionError as error:
        raise BadMessageError("nested too deep") from error
    return line


def encode_params(params: Params) -> Raw:
    """Write parameters: an object when they have names, else an array."""
    names, values = params.names, params.values
    try:
        if not names:
            return Raw(_ENCODER.encode(values))
        if len(members := dict(zip(names, values, strict=True))) == len(names):
            return Raw(_ENCODER.encode(members))
    except (UnicodeEncodeError, OverflowError):
        pass
    return Raw(dump_bytes(Members(zip(names, values, strict=True)) if names else list(values)))


def decode_params(raw: Raw) -> Params:
    """Read parameters that `encode_params` wrote.

    raises BadMessageError: they are not an object or an array.
    """
    value = loads(decode_text(bytes(raw)))
    if not isinstance(value, list | Members):
        raise BadMessageError("`params` is not an object and not an array")
    return to_params(value)


def _dump(value: Any) -> bytes:
    """Write a line of builtins, in which parameters are JSON already."""
    if isinstance(value, Raw):
        return bytes(value)
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value).items()
        return b"{" + b",".join(json.dumps(name).encode() + b":" + _dump(item) for name, item in members) + b"}"
    if isinstance(value, list | tuple):
        return b"[" + b",".join(map(_dump, cast("Sequence[Any]", value))) + b"]"
    return dump_bytes(value)


def _plain(value: Json, name: str = "") -> Any:
    """Turn JSON into builtins; parameters stay JSON."""
    if name in {"params", "last_params"}:
        return Raw(dump_bytes(value))
    if isinstance(value, Members):
        return {key: _plain(item, key) for key, item in value}
    return list(map(_plain, value)) if isinstance(value, list) else value
