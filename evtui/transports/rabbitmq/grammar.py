"""The sockets of RabbitMQ: `[USER[:PASSWORD]@]HOST[:PORT]/[PARAMETERS?]ROUTING_KEY`, as all versions wrote them.

The first `?` after the `/` splits. Before it stands a list with `;` (3.2 and later), or the bare name of an exchange
(2.1 to 3.1). Every part may hold `%XX`. The parameters of OpenSIPS are `exchange=`, `persistent`, `tls_domain=`.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final
from urllib.parse import quote

from msgspec import Struct

from evtui.codecs.amqp_names import Bad, short_name, unescape
from evtui.codecs.endpoints import Option, flag, named, one_of
from evtui.codecs.sockets import PAYLOADS, join_udp, split_udp
from evtui.core.errors import BadSocketError
from evtui.core.redact import redact_socket

DEFAULT_USER: Final = "guest"
DEFAULT_PASSWORD: Final = "guest"  # noqa: S105 - the broker's own default, which OpenSIPS uses too
PORT: Final = 5672
TLS_PORT: Final = 5671

_KEPT = "!$&'()*+,-._~"
"""Characters that are printed as they are, besides letters and digits."""
_KEPT_IN_KEY = _KEPT + "#/:@="

PARAMETERS: Final[Mapping[str, Option]] = MappingProxyType(
    {
        "exchange": named,
        "vhost": named,
        "persistent": flag,
        "mandatory": flag,
        "tls": flag,
        "tls_domain": named,
        "durable": flag,
        "payload": one_of(*PAYLOADS),
    }
)
"""What may stand before the `?`, in the order it is printed."""

_FLAGS: Final = frozenset(name for name, option in PARAMETERS.items() if option is flag)

_WORD: Final = re.compile(r"[A-Za-z_]{1,40}")


class AmqpSocket(Struct, frozen=True):
    """A socket of a broker, understood; what it does not say is None."""

    user: str
    password: str | None
    host: str
    """A name or an address, IPv6 without brackets."""
    port: int
    key: str
    """The routing key; with the exchange "" the name of a queue."""
    parameters: Mapping[str, str]
    """Each in its one spelling; the exchange "" is left out."""
    tls: bool

    @property
    def exchange(self) -> str:
        """Return the exchange's name, "" for the default one."""
        return self.parameters.get("exchange", "")

    def flag(self, name: str, default: bool) -> bool:
        """Read a parameter that is true or false."""
        return self.parameters[name] == "true" if name in self.parameters else default

    @property
    def host_and_port(self) -> str:
        """Write `HOST:PORT` in its one spelling."""
        return join_udp(self.host, self.port)

    @property
    def shown(self) -> str:
        """Write the address without its password: it can be parsed again."""
        return f"{quote(self.user, safe=_KEPT)}@{self._rest}"

    @property
    def full(self) -> str:
        """Write the address with its password."""
        if self.password is None:
            return self.shown
        return f"{quote(self.user, safe=_KEPT)}:{quote(self.password, safe=_KEPT)}@{self._rest}"

    @property
    def _rest(self) -> str:
        items = [
            name if name in _FLAGS and self.parameters[name] == "true" else f"{name}={self._quoted(name)}"
            for name in PARAMETERS
            if name in self.parameters
        ]
        mark = "?" if items else ""
        return f"{self.host_and_port}/{';'.join(items)}{mark}{quote(self.key, safe=_KEPT_IN_KEY)}"

    def _quoted(self, name: str) -> str:
        return quote(self.parameters[name], safe=_KEPT + "/:")


def parse(scheme: str, address: str, *, tls: bool = False) -> AmqpSocket:
    """Understand what follows the scheme's colon; `tls` is for a socket that does not say.

    raises BadSocketError; its text holds no password.
    """
    text = redact_socket(f"{scheme}:{address}")  # in a mistyped socket the password may stand anywhere

    def bad(part: str, why: str) -> BadSocketError:
        return BadSocketError(text, part, why)

    authority, slash, rest = address.partition("/")
    before, at, place = authority.rpartition("@")
    user, password = _credentials(before, bad) if at else (DEFAULT_USER, None)
    if not slash:
        raise bad("routing key", f"missing: write {scheme}:[USER[:PASSWORD]@]HOST[:PORT]/ROUTING_KEY")
    written, mark, key = rest.partition("?")
    parameters = _parameters(written, bad, nameable="@" not in rest) if mark else {}
    secure = parameters["tls"] == "true" if "tls" in parameters else tls or "tls_domain" in parameters
    host, port = _endpoint(place, TLS_PORT if secure else PORT, bad, quotable="@" not in rest)
    return AmqpSocket(user, password, host, port, _key(key if mark else rest, bad), parameters, secure)


def _credentials(text: str, bad: Bad) -> tuple[str, str | None]:
    user, colon, password = text.partition(":")
    if colon and not user:
        raise bad("user", "missing before the password: write USER:PASSWORD@HOST")
    return unescape(user, "user", bad) or DEFAULT_USER, unescape(password, "password", bad) if colon else None


def _endpoint(place: str, port: int, bad: Bad, *, quotable: bool) -> tuple[str, int]:
    """Split `HOST[:PORT]`. When an `@` follows, it may be a password with a `/`: then it is not `quotable`."""
    bare = place.endswith("]") if place.startswith("[") else ":" not in place
    escaped = unescape(place, "host", bad)
    try:
        return split_udp(f"{escaped}:{port}" if bare else escaped)
    except BadSocketError as error:
        hint = "it cannot be read; write / and @ in a password as %2F and %40"
        raise bad(error.part, error.why if quotable else hint) from None


def _parameters(written: str, bad: Bad, *, nameable: bool) -> dict[str, str]:
    """Read the list before the `?`. Its words are not `nameable` when one may be part of a password with a `/`."""
    items = [item for item in written.split(";") if item]
    if len(items) == 1 and "=" not in items[0] and items[0] not in PARAMETERS:
        return {"exchange": short_name(items[0], "exchange", bad)}
    found: dict[str, str] = {}
    for item in items:
        name, equals, value = item.partition("=")
        if name not in PARAMETERS:
            part = name if nameable and _WORD.fullmatch(name) else "parameters"
            raise bad(part, f"there is no such parameter; known are {', '.join(PARAMETERS)}")
        if name in found:
            raise bad(name, "it is given twice")
        if not equals and name not in _FLAGS:
            raise bad(name, f"it has no value: write {name}=…")
        try:
            found[name] = PARAMETERS[name](short_name(value, name, bad) if equals else "true")
        except ValueError as error:
            raise bad(name, str(error)) from error
    return {name: value for name, value in found.items() if value}


def _key(text: str, bad: Bad) -> str:
    key = short_name(text, "routing key", bad)
    if not key:
        raise bad("routing key", "missing after the /: with no exchange it is the name of a queue")
    return key
