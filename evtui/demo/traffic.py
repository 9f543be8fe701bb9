"""The events that the demo raises, with random values from the ranges reserved for documentation."""

from collections.abc import Callable
from random import Random
from typing import Final

from msgspec import Struct

from evtui.core.values import ParamsLike

DYNAMIC: Final = ("E_DEMO_CALL_START", "E_DEMO_CALL_END", "E_DEMO_LOAD")
"""The events the demo publishes; the others it raises are static ones."""

_PEOPLE = ("alice", "bob", "carol", "dave", "erin", "frank")
_AGENTS = ("Example-Phone/2.1", "Softclient 4.0.9", "Door Station 1.3")


class TrafficKind(Struct, frozen=True):
    """An event that the demo raises: its share among all raises, and its parameters."""

    event: str
    weight: int
    params: Callable[[Random], ParamsLike]


def _call_start(chance: Random) -> ParamsLike:
    caller, callee = chance.sample(_PEOPLE, 2)
    return {
        "callid": _callid(chance),
        "caller": f"sip:{caller}@example.com",
        "callee": f"sip:{callee}@example.com",
        "src_ip": _address(chance),
    }


def _call_end(chance: Random) -> ParamsLike:
    code, reason = chance.choice(
        [(200, "OK"), (200, "OK"), (200, "OK"), (486, "Busy Here"), (480, "Temporarily Unavailable")]
    )
    return {
        "callid": _callid(chance),
        "sip_code": code,
        "sip_reason": reason,
        "duration": chance.randint(3, 900) if code == 200 else 0,
    }


def _load(chance: Random) -> ParamsLike:
    return [round(chance.uniform(0.1, 3.5), 2), chance.randint(2, 60)]


def _pike(chance: Random) -> ParamsLike:
    return {"ip": _address(chance)}


def _contact(chance: Random) -> ParamsLike:
    person, ip = chance.choice(_PEOPLE), _address(chance)
    return {
        "domain": "location",
        "aor": f"{person}@example.com",
        "uri": f"sip:{person}@{ip}:{chance.randint(1024, 65535)}",
        "received": "",
        "user_agent": chance.choice(_AGENTS),
        "expires": chance.choice([60, 300, 3600]),
        "callid": _callid(chance),
        "cseq": chance.randint(1, 400),
        "latency": chance.randint(300, 90_000),
    }


def _callid(chance: Random) -> str:
    return f"{chance.getrandbits(48):012x}@192.0.2.{chance.randint(1, 9)}"


def _address(chance: Random) -> str:
    return f"{chance.choice(['192.0.2', '198.51.100', '203.0.113'])}.{chance.randint(1, 254)}"


KINDS: Final = (
    TrafficKind("E_DEMO_CALL_START", 8, _call_start),
    TrafficKind("E_DEMO_CALL_END", 7, _call_end),
    TrafficKind("E_DEMO_LOAD", 3, _load),
    TrafficKind("E_UL_CONTACT_INSERT", 5, _contact),
    TrafficKind("E_UL_CONTACT_DELETE", 2, _contact),
    TrafficKind("E_PIKE_BLOCKED", 3, _pike),
)
