"""The settings of the browser door."""

from typing import Annotated

from msgspec import Meta, Struct

from evtui.transports.common_settings import SECRET


class WebConfig(Struct, frozen=True):
    """The browser door: where it listens, and who may come in."""

    listen: Annotated[
        str | None,
        Meta(description='an address, "127.0.0.1:8023": shows the console in a browser to those who have a token'),
    ] = None
    token: Annotated[
        Annotated[str, Meta(min_length=1)] | None,
        Meta(
            description="the token of viewers, text; without any token one is made at each start, on loopback only",
            extra=SECRET,
        ),
    ] = None
    operator_token: Annotated[
        Annotated[str, Meta(min_length=1)] | None,
        Meta(description="the token of operators, text: they may raise and subscribe", extra=SECRET),
    ] = None
    hosts: Annotated[
        tuple[str, ...],
        Meta(description='a list of Host names to answer to, beside the default ones, ["events.example.org"]'),
    ] = ()
    cert_file: Annotated[
        str | None,
        Meta(description='a path: the certificate for HTTPS in PEM, with those that signed it, "/etc/evtui/web.pem"'),
    ] = None
    key_file: Annotated[
        str | None, Meta(description="a path: the key of the certificate, in PEM; left out: web.cert_file has it too")
    ] = None
    connections: Annotated[int, Meta(ge=1, description="connections at once, those of pages that load too")] = 256
    connections_per_address: Annotated[int, Meta(ge=1, description="connections of one address")] = 64
    grace: Annotated[
        float, Meta(ge=0, le=3600, description="seconds that a console waits for a page that lost its connection")
    ] = 30.0
