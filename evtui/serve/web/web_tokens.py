"""The tokens of the browser door: which role each one gives. Wrong ones are answered late."""

import secrets
from typing import Final

from msgspec import Struct

from evtui.core.ports import Clock
from evtui.core.viewers.session_state import Role
from evtui.mi.listeners.token_check import TokenCheck

_BYTES: Final = 16
"""Random bytes of a token that is made: its link fits into a line of 80 columns."""


class WebTokens(Struct, frozen=True):
    """A token for each role that may come in; None for a role that may not."""

    viewer: str | None = None
    operator: str | None = None

    @classmethod
    def settle(cls, viewer: str | None, operator: str | None) -> "WebTokens":
        """Take the configured tokens; make one for viewers when there is none at all."""
        if viewer is None and operator is None:
            viewer = secrets.token_urlsafe(_BYTES)
        return cls(viewer, operator)


class TokenRoles:
    """Finds the role of a token."""

    def __init__(self, tokens: WebTokens, clock: Clock) -> None:
        """`clock` tells monotonic seconds."""
        roles: list[tuple[Role, str | None]] = [("operator", tokens.operator), ("viewer", tokens.viewer)]
        self._checks: list[tuple[Role, TokenCheck]] = [
            (role, TokenCheck(token, clock)) for role, token in roles if token is not None
        ]

    def role_of(self, token: str) -> Role | None:
        """Return the role that a token gives; None for a wrong one. All are compared: the time tells nothing."""
        found: list[Role] = [role for role, check in self._checks if check.accepts(f"Bearer {token}")]
        return found[0] if found and token else None

    def pause(self, address: str) -> float:
        """Count a wrong token of an address; returns the seconds to wait before it is answered."""
        return self._checks[0][1].pause(address)
