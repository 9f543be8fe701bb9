"""SIP URIs as variables and functions read and change them (docs/opensips-behaviour.md 5.4)."""

import functools
import re
from dataclasses import dataclass, replace
from typing import Final

_URI: Final = re.compile(
    r"(?P<scheme>sips?|tel):"
    r"(?:(?P<user>(?:[;?]|[^@:;?\[\]]++(?:[;?]|(?=[@:])))[^@:]*+)(?::(?P<password>[^@:;?\[\]]*+))?@)?"
    r"(?P<host>\[[^\[\]@]*+\]|(?<=@)(?!\[)[^:;?@]++|(?<!@)[^@:\[\]][^:;?@\[\]]*+)(?::(?P<port>[0-9]*+))?"
    r"(?:;(?P<params>[^?@]*+))?(?:\?(?P<headers>[^;@]*+))?",
    re.DOTALL | re.IGNORECASE,
)
_SERVICE: Final = re.compile(r"((?i:urn):(?P<nena>nena:)?service):")
"""The beginning behind which a URN has the parts of a SIP URI."""
_HIGHEST_PORT: Final = 65_535
_PORTS: Final = {"udp": 5060, "tcp": 5060, "sctp": 5060, "tls": 5061, "ws": 80, "wss": 443}


@dataclass(frozen=True, slots=True)
class SipUri:
    """The parts of a SIP, tel or urn:service URI as they are written; None stands for a part that is missing.

    The user of a tel URI is its number; it has no host.
    """

    scheme: str
    user: str | None = None
    password: str | None = None
    host: str | None = None
    port: str | None = None
    params: str | None = None
    headers: str | None = None

    def __str__(self) -> str:
        login = self.user or ""
        if self.password is not None:
            login += f":{self.password}"
        if login and self.host is not None:
            login += "@"
        return f"{self.scheme}:{login}{self.host or ''}" + "".join(
            sign + part
            for sign, part in ((":", self.port), (";", self.params), ("?", self.headers))
            if part is not None
        )

    def changed(self, part: str, value: str | None) -> str:
        """Return the text of this URI with another part. The text may be one that cannot be parsed.

        The colon of an empty port is left out, but by a change of the parameters.
        """
        if part == "params":
            return str(replace(self, params=value))
        whole = replace(self, host=self.host or "", port=self.port or None)
        return str(replace(whole, **{part: value}))  # type: ignore[arg-type]

    @property
    def is_emergency(self) -> bool:
        """Whether it is a URN of NENA, which OpenSIPS reads like no other."""
        return self.scheme.endswith("nena:service")

    @property
    def transport(self) -> str:
        """The value of the transport parameter as it is written; without one `tls` for sips, else `udp`."""
        return self.param("transport") or ("tls" if self.scheme.lower() == "sips" else "udp")

    @property
    def default_port(self) -> int:
        """The port that the transport has; 0 when the transport is not known."""
        return _PORTS.get(self.transport.lower(), 0)

    def param(self, name: str) -> str | None:
        """Return the value of a URI parameter; None when it is missing, empty when it has no value."""
        wanted = name.lower()
        for piece in (self.params or "").split(";"):
            key, _, value = piece.partition("=")
            if key.strip().lower() == wanted:
                return value
        return None


@functools.lru_cache(maxsize=256)
def parse_sip_uri(text: str, *, early: bool = False) -> SipUri | None:
    """Parse a URI; return None when it is none. With `early` it is read as in 2.4.

    In 2.4 a port may be above 65535, and a URN of NENA is not known.

    256 texts are kept, because one run reads the parts of the same few URIs and a stranger's may be 64 kB long.
    """
    service = _SERVICE.match(text)
    found = _URI.fullmatch(f"sip:{text[service.end() :]}" if service else text)
    if found is None or not (early or _is_port(found)) or (early and service and service["nena"]):
        return None
    uri = SipUri(**found.groupdict())
    if service:
        return replace(uri, scheme=service[1])
    return replace(uri, user=uri.host, host=None) if uri.scheme.lower() == "tel" else uri


def _is_port(found: re.Match[str]) -> bool:
    """Return whether a port is at most 65535.

    The server reads past one that might be a password: without a user, behind a name, and before parameters or headers.
    """
    port = found["port"] or ""
    if len(port) < 9 and int(port or "0") <= _HIGHEST_PORT:
        return True
    passed = found["user"] is None and not found["host"].startswith("[")
    return passed and (found["params"] is not None or found["headers"] is not None)
