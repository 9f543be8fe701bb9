"""The bearer token of HTTP clients: compared in constant time, and wrong ones answered late."""

import hashlib
import hmac
from typing import Final

from evtui.core.ports import Clock

FREE_FAILURES: Final = 3
"""Wrong tokens of one address in a minute that are answered at once."""

PAUSE: Final = 1.0
"""Seconds until each further wrong token is answered."""

_PERIOD: Final = 60.0
_MAX_ADDRESSES: Final = 10_000


class TokenCheck:
    """Checks tokens. A right one is never delayed: other clients may have the address of the one that guesses."""

    def __init__(self, token: str, clock: Clock) -> None:
        """`clock` tells monotonic seconds."""
        self._digest = _digest(token)
        self._clock = clock
        self._failures: dict[str, tuple[float, int]] = {}

    def accepts(self, authorization: str) -> bool:
        """Say whether a header is `Bearer TOKEN` with the right token, in a time that tells nothing of the token."""
        scheme, _, given = authorization.partition(" ")
        return hmac.compare_digest(_digest(given.strip()), self._digest) and scheme.lower() == "bearer"

    def pause(self, address: str) -> float:
        """Count a wrong token of an address; returns the seconds to wait before it is answered."""
        now = self._clock()
        since, count = self._failures.pop(address, (now, 0))
        if now - since > _PERIOD:
            since, count = now, 0
        if len(self._failures) >= _MAX_ADDRESSES:
            del self._failures[next(iter(self._failures))]  # the one that failed longest ago
        self._failures[address] = since, count + 1
        return PAUSE if count >= FREE_FAILURES else 0.0


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
