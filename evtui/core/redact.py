"""Passwords are left out of texts here, and nowhere else.

Four kinds of text may hold one. A socket that was refused: one sign too many or too few moves its parts, so that no
grammar tells where the password stands (`redact_socket`, `redact_scheme`). A socket that another server lists, of a
transport that may be unknown here (`redact_listed`). What the user gave and is shown again, settings and words of the
command line (`redact_words`). Any line of a log (`redact_text`). A socket that was understood needs none of these: its
grammar knows the password, and `str(Socket)` is without it.
"""

import re
from typing import Final

_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,39}")
_WORD: Final = re.compile(r"[A-Za-z0-9_.+-]{0,40}")
_WORDS: Final = re.compile(r"\S+")
_LISTED: Final = re.compile(r"(?<![^(,'\"])[A-Za-z][A-Za-z0-9+.-]*+:(?://)?[^:@/?]*+:")
"""What stands before the password in a word, from its start, a quote, a bracket or a comma."""
_NAME: Final = re.compile(r"(?<![^(,'\"])[^:@/(,'\"]++:(?=[^/@])")
"""What stands before the password in a login without a scheme, `user:password@`; what follows `:/` is a path."""
_LOGINS: Final = re.compile(r"(?<![^\s@])[^\s@]++@")
"""What may be a socket up to its `@`, looked for from its start only: a long text without `@` is read once."""
_LOGGED: Final = re.compile(
    r"(?<![A-Za-z0-9+.-])(?=[0-9+.-]*+[A-Za-z])(?!(?:udp|tcp|tls|sctp|wss?|unix|fifo|route):|[0-9-]+T[0-9]+:)"
    r"[A-Za-z0-9+.-]++:(?://[^:/]*+|(?:(?<=rabbitmq:)|(?!sips?:))[^:/|;,<>()\[\]'\"]++):(?=[^@])"
)
"""What stands before the password in a login of a log: `SCHEME:USER:` or `SCHEME://USER:`.

Sockets of the excluded schemes have no login, and a date with a time is not a scheme. Signs that separate the fields of
a line do not stand in a user's name, and `sip` is not a user but the scheme of the address behind it, except where the
scheme is `rabbitmq`."""
_SIP_ADDRESS: Final = re.compile(r"[|;,<>()\[\]'\"=]sips?:")
"""The start of a SIP address in a line of several fields. The user of the address is not a password."""
_SECRET_OPTION: Final = re.compile(
    r"(?<=\?)[\w.]{0,40}password=[^&;\s]*+&?|[&;][\w.]{0,40}password=[^&;\s]*+", re.IGNORECASE
)
"""An option of a socket that is a password, with one of the signs around it."""
_SECRET_VALUE: Final = re.compile(r"(password=|passwd=|secret=|token=)[^&;\s\"']++", re.IGNORECASE)
_SCHEME_SIGNS: Final = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+.-"


def redact_socket(socket: str, *, secret: bool = True) -> str:
    """Show a refused socket by its scheme alone: `rabbitmq:…`.

    With `secret` false its scheme has no place for a password (`TransportInfo.secret`). Then it is shown whole, unless
    it holds an `@`: what stands before that may be a password.
    """
    if not secret and "@" not in socket:
        return socket
    scheme, colon, _ = socket.partition(":")
    return f"{scheme}{':…' * bool(colon)}" if _SCHEME.fullmatch(scheme) else "…"


def redact_scheme(scheme: str) -> str:
    """Show a scheme that no transport has; a text that is not one word may be a password and becomes `…`."""
    return scheme if _WORD.fullmatch(scheme) else "…"


def redact_listed(text: str) -> str:
    """Leave out the password of every socket in a text: `rabbitmq:user:secret@host/x` becomes `rabbitmq:user@host/x`.

    Everything up to the last `@` of a word is left out, because a password may hold an `@` itself. So is an option that
    is a password, such as `g.sasl.password=secret` of Kafka.
    """
    return _WORDS.sub(_listed_word, _SECRET_OPTION.sub("", text)) if "@" in text or "=" in text else text


def redact_words(text: str) -> str:
    """Replace the passwords in what a user gave by stars, up to the last `@` of a word: `rabbitmq:user:***@host`."""
    return _WORDS.sub(_starred_word, _SECRET_VALUE.sub(r"\1***", text)) if "@" in text or "=" in text else text


def redact_text(text: str) -> str:
    """Replace every password by stars: `rabbitmq:user:secret@host` becomes `rabbitmq:user:***@host`.

    Only a login holds one: `SCHEME:USER:PASSWORD@`, also that of a SIP address, `sip:alice:secret@host`. The user of a
    SIP address is shown, also behind an address and a port: `192.0.2.1:5060|sip:alice@host`.
    """
    text = _SECRET_VALUE.sub(r"\1***", text) if "=" in text else text
    return _LOGINS.sub(_logged_login, text) if "@" in text else text


def _listed_word(found: re.Match[str]) -> str:
    word = found[0]
    at = word.rfind("@")
    head = _LISTED.search(word, 0, max(0, at))
    return word if head is None else word[: head.end() - 1] + word[at:]


def _starred_word(found: re.Match[str]) -> str:
    word = found[0]
    at = word.rfind("@")
    end = max(0, at)
    head = _LISTED.search(word, 0, end) or _NAME.search(word, 0, end)
    return word if head is None else f"{word[: head.end()]}***{word[at:]}"


def _logged_login(found: re.Match[str]) -> str:
    """Hide the password of one login. No `/` stands in a password, and before it only the `//` after the scheme."""
    login = found[0]
    start = login.rfind("/") + 1
    if login.endswith("://", 0, start):
        scheme = login[: start - 3]
        start = len(scheme.rstrip(_SCHEME_SIGNS))
    for address in _SIP_ADDRESS.finditer(login, start):
        start = address.start() + 1
    head = _LOGGED.search(login, start)
    return login if head is None else f"{login[: head.end()]}***@"
