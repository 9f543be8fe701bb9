"""The parameters of `evtui mi`: `name=text`, `name:=json`, or bare text for a positional one."""

import re
from collections.abc import Sequence

from evtui.codecs.jsonvalue import Json, Members, loads
from evtui.core.errors import BadMessageError, BadParamsError

# Only a plain word is a name: the = of udp:127.0.0.1:9000?payload=text belongs to the socket.
_WORD = re.compile(r"([A-Za-z_][\w.-]*)?(:?=)(.*)", re.DOTALL)


def parse_call(words: Sequence[str]) -> Members | list[Json]:
    """Read named or positional parameters.

    raises BadParamsError: which argument is wrong.
    """
    named: list[tuple[str, Json]] = []
    positional: list[Json] = []
    for number, word in enumerate(words, 1):
        match = _WORD.fullmatch(word)
        if match is None:
            positional.append(word)
            continue
        name, sign, rest = match.groups()
        value = rest if sign == "=" else _json(number, rest)
        if name is None:
            positional.append(value)
        else:
            named.append((name, value))
    if named and positional:
        raise BadParamsError("some arguments have names and some have none: name all or none")
    return Members(named) if named else positional


def _json(number: int, text: str) -> Json:
    try:
        return loads(text)
    except BadMessageError as error:
        raise BadParamsError(f"argument {number}: not JSON after := ({error.why}); for text write =") from error
