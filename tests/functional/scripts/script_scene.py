"""A script as a person would bring it, with routes that ran, findings and a log, for the Script screen."""

from msgspec.structs import replace

from evtui.core.script_port import RouteState, ScriptState
from tests.fakes.script_fakes import FakeScript, finding, loaded, route

BEGIN = 1_790_000_000.0

TEXT = """\
# Tells the billing about calls.
log_level=2
socket=udp:127.0.0.1:5060

loadmodule "event_datagram.so"
loadmodule "tm.so"
modparam("tm", "onreply_avp_mode", 1)

/* Subscribers of these events
   live on this machine. */
startup_route {
    subscribe_event("E_CALL_START", "udp:127.0.0.1:9000");
    subscribe_event("E_CALL_END", "udp:127.0.0.1:9000", 3600);
}

timer_route[load, 30] {
    $var(load) = $stat(tcp-load);
    if ($var(load) > 80) {
        $avp(names) = "load";
        $avp(values) = $var(load);
        raise_event("E_TCP_LOAD", $avp(names), $avp(values));
    }
}

route {
    if (!has_totag() && is_method("INVITE")) {
        $avp(start) = $Ts;
        t_on_reply("acc");
        route(TRUNK);
    } else if (is_method("BYE")) {
        route(ACC);
    }
    t_relay();
}

route[TRUNK] {
    $du = 'sip:192.0.2.1:5060';
    xlog("L_INFO", "[$ci] $fU calls $rU\\n");
}

route[ACC] {
    $avp(attrs) = "callid";
    $avp(vals) = $ci;
    $avp(attrs) = "duration";
    $avp(vals) = $Ts - $avp(start);
    raise_event("E_CALL_END", $avp(attrs), $avp(vals));
    xlog("call $ci ended after $(avp(vals)[0]) s");
}

onreply_route[acc] {
    if (t_check_status("200")) {
        raise_event("E_CALL_START");
    }
}

event_route[E_PIKE_BLOCKED] {
    xlog("L_WARN", "blocked $param(ip2)");
    $var(n) = $var(n) + 1; # since the start
}
"""


def line_of(words: str) -> int:
    """Return the line of the text on which some words stand first."""
    return TEXT[: TEXT.index(words)].count("\n") + 1


def ran(kind: str, name: str | None, words: str, runs: int, last: float, took: float, total: float) -> RouteState:
    """A route that begins where some words stand and ran some times, the last time some seconds after the load."""
    counters = {"runs": runs, "last_at": BEGIN + last, "last_took": took, "total_took": total}
    return route(kind, name, line_of(words), **counters)


def state() -> ScriptState:
    """A state in which calls were made."""
    broken = replace(
        ran("route", "ACC", "route[ACC]", 902, 1241, 0.00023, 0.22),
        errors=3,
        last_error='cannot subtract a string from a number: $avp(start) is "<null>"',
        error_place=route("route", "ACC", line_of("$avp(vals) = $Ts -")).place,
    )
    routes = [
        ran("startup_route", None, "startup_route", 1, 0, 0.0021, 0.0021),
        ran("timer_route", "load", "timer_route", 41, 1230, 0.00004, 0.0018),
        ran("route", None, "route {\n    if", 1843, 1241, 0.00019, 0.41),
        ran("route", "TRUNK", "route[TRUNK]", 921, 1239, 0.00006, 0.07),
        broken,
        ran("onreply_route", "acc", "onreply_route[acc]", 1771, 1240, 0.00005, 0.1),
        route("event_route", "E_PIKE_BLOCKED", line_of("event_route[")),
    ]
    sentence = "$avp(attrs) and $avp(vals) keep what was raised: write $avp(attrs) := NULL; after raise_event."
    findings = [
        finding(line_of("t_on_reply"), "info", "not-run", "t_on_reply needs messages: evtui --sip takes them."),
        finding(line_of("t_relay"), "info", "not-run", "t_relay does nothing here: evtui is not a proxy."),
        finding(line_of('raise_event("E_CALL_END"'), "warning", "avp-not-cleared", sentence),
        finding(line_of("$param(ip2)"), "error", "unknown-parameter", "E_PIKE_BLOCKED has no ip2: write ip."),
    ]
    return loaded(TEXT, routes, findings)


def script() -> FakeScript:
    """The script of the scene, with a log."""
    made = FakeScript(state())
    for number in range(40):
        at = BEGIN + 1200 + number * 1.037
        match number % 4:
            case 0:
                made.say(
                    f"[{number:04x}@192.0.2.7] alice calls bob",
                    level=3,
                    route="route[TRUNK]",
                    line=line_of("[$ci]"),
                    at=at,
                )
            case 1:
                made.say(
                    f"call {number:04x}@192.0.2.7 ended after {number} s",
                    route="route[ACC]",
                    line=line_of("call $ci"),
                    at=at,
                )
            case 2:
                made.say(
                    "blocked 203.0.113.9",
                    level=1,
                    route="event_route[E_PIKE_BLOCKED]",
                    line=line_of("$param(ip2)"),
                    at=at,
                )
            case _:
                made.say(
                    "cannot subtract a string from a number",
                    level=-1,
                    route="route[ACC]",
                    line=line_of("$avp(vals) = $Ts -"),
                    at=at,
                )
    return made
