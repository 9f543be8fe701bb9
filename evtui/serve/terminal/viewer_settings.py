"""The settings of all viewers together, whatever door they come through."""

from typing import Annotated

from msgspec import Meta, Struct


class ViewersConfig(Struct, frozen=True):
    """How many sessions there may be, and how long one stays that is idle or that does not answer."""

    sessions: Annotated[int, Meta(ge=1, le=1000, description="sessions at once, at all doors together, 1 to 1000")] = 50
    sessions_per_address: Annotated[int, Meta(ge=1, description="sessions of one address")] = 10
    idle: Annotated[
        float, Meta(ge=0, description="seconds without a key after which a session is ended; 0 ends none")
    ] = 3600.0
    login_timeout: Annotated[
        float, Meta(gt=0, le=600, description="seconds in which a client or a page has to say who it is")
    ] = 15.0
    keepalive: Annotated[
        float,
        Meta(
            gt=0,
            le=3600,
            description="seconds of silence after which a client or a page is asked whether it is there; "
            "without an answer it has gone after as many again at most",
        ),
    ] = 15.0
