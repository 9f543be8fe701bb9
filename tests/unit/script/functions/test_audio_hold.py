"""`is_audio_on_hold` gives the codes that 3.6.8 and 4.0.1 gave for the same session descriptions."""

import pytest

from evtui.core.known_versions import ScriptVersion
from evtui.script.compiler.program import Program
from evtui.script.runtime.message_scope import Scope
from evtui.script.syntax.parse import parse
from evtui.scripting.sip.sip_message import parse_message
from tests.unit.script.world import World

_AUDIO = "m=audio 4000 RTP/AVP 0\r\n"
_VIDEO = "m=video 4002 RTP/AVP 31\r\n"
_NULL = "c=IN IP4 0.0.0.0\r\n"
_ADDRESS = "c=IN IP4 10.0.0.1\r\n"
_ONLY = "a=sendonly\r\n"


def code(session: str, streams: str, version: ScriptVersion) -> int:
    """Return the code for a description with this address of the session and these streams."""
    body = f"v=0\r\no=- 1 2 IN IP4 10.0.0.1\r\ns=-\r\n{session}t=0 0\r\n{streams}"
    message = parse_message(
        "INVITE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\n"
        "To: <sip:b@c>\r\nCall-ID: h\r\nCSeq: 1 INVITE\r\nContent-Type: application/sdp\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}".encode()
    )
    world = World()
    program = Program(parse('route { is_audio_on_hold(); xlog("$rc"); }'), world, world, version=version)
    program.run("route", scope=Scope(message))
    return int(world.said[-1])


@pytest.mark.parametrize(
    ("session", "streams", "expected"),
    [
        (_ADDRESS, _AUDIO, -1),
        (_NULL, _AUDIO, 1),
        (_NULL, _AUDIO + _ADDRESS, -1),
        (_ADDRESS, _AUDIO + _NULL, 1),
        (_NULL, _VIDEO, -1),
        (_NULL, _AUDIO + _ONLY, 2),
        (_ADDRESS, _AUDIO + _NULL + _ONLY, 2),
        (_ADDRESS, _AUDIO + "a=SENDONLY\r\n", 2),
        (_ADDRESS, _AUDIO + "a=inactive\r\n", 2),
        (_ADDRESS, _AUDIO + "a=recvonly\r\n", -1),
        (_ADDRESS, _VIDEO + _ONLY, -1),
        (_ADDRESS, _AUDIO + _VIDEO + _ONLY, -1),
        (_ADDRESS, _AUDIO + _AUDIO + _ONLY, 2),
        (_ADDRESS, _AUDIO + _NULL + _AUDIO + _ONLY, 1),
        (_ADDRESS + _ONLY, _AUDIO, -1),
    ],
)
def test_the_code_is_that_of_the_server(session: str, streams: str, expected: int) -> None:
    assert code(session, streams, "3.6") == code(session, streams, "2.4") == expected
    assert code(session, streams, "4.0") == (1 if expected == 2 else expected)
