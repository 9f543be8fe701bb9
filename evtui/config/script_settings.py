"""The settings of routing scripts."""

from typing import Annotated, TypeAlias

from msgspec import Meta, Struct

from evtui.core.known_versions import ScriptVersion

Texts: TypeAlias = tuple[str, ...]
XlogLevel = Annotated[int, Meta(ge=-3, le=4, description="-3 (alert) to 4 (debug)")]


class ScriptConfig(Struct, frozen=True):
    """The routing script that is run, its SIP socket, its limits and its statistics."""

    files: Annotated[
        Texts, Meta(description='a list of files, ["/etc/opensips/opensips.cfg"]: the routing script that is run')
    ] = ()
    as_: Annotated[
        ScriptVersion | None,
        Meta(
            description='"2.4", "3.6" or "4.0": the OpenSIPS whose rules the script has; left out: as it shows, "3.6"'
        ),
    ] = None
    m4: Annotated[
        bool, Meta(description="true or false: files named ….m4 are rendered with m4 first, several of them together")
    ] = False
    xlog_level: Annotated[
        XlogLevel | None,
        Meta(description="-3 (alert) to 4 (debug): what xlog may print; left out: as the script says, 2"),
    ] = None
    sip: Annotated[
        str | None, Meta(description='a socket, "udp:127.0.0.1:5060": SIP messages that come there run the routes')
    ] = None
    onreply_avps: Annotated[
        bool, Meta(description="true or false: replies see the AVPs of their request, as tm's onreply_avp_mode")
    ] = False
    run_limit: Annotated[float, Meta(gt=0, description="seconds of processor time after which a run is ended")] = 10.0
    log_records: Annotated[int, Meta(ge=1, description="lines of xlog kept for the console")] = 10_000
    statistics: Annotated[
        dict[str, int], Meta(description='a table of name = number for $stat, { "tcp-load" = 90 }')
    ] = {}
