"""What functions ask of a session description (SDP): its streams, its codecs and whether it is on hold."""

import re
from itertools import pairwise
from typing import Final

_MEDIA: Final = re.compile(r"^m=(\S+) \S+ (\S+)((?: \S+)*)", re.MULTILINE)
_MAPPING: Final = re.compile(r"^a=rtpmap:(\d+) ([^/\s]+)(?:/([^/\s]+))?", re.MULTILINE)
_STATIC: Final = {
    number: (name, rate)
    for rate, formats in {
        "8000": {"0": "PCMU", "3": "GSM", "4": "G723", "5": "DVI4", "7": "LPC", "8": "PCMA", "9": "G722", "12": "QCELP",
                 "13": "CN", "15": "G728", "18": "G729"},
        "11025": {"16": "DVI4"}, "16000": {"6": "DVI4"}, "22050": {"17": "DVI4"}, "44100": {"10": "L16", "11": "L16"},
        "90000": {"14": "MPA", "25": "CelB", "26": "JPEG", "28": "nv", "31": "H261", "32": "MPV", "33": "MP2T",
                  "34": "H263"},
    }.items()
    for number, name in formats.items()
}  # fmt: skip
"""The formats of RFC 3551 that need no rtpmap line, with their clock rates."""
_NULL_ADDRESS: Final = re.compile(r"^c=IN IP4 0\.0\.0\.0\s*$", re.MULTILINE)
_ADDRESS: Final = re.compile(r"^c=", re.MULTILINE)
_HOLDS: Final = re.compile(r"^a=(?:sendonly|inactive)\s*$", re.MULTILINE | re.IGNORECASE)
_OLD_HOLD: Final = 1
_NEW_HOLD: Final = 2


def streams(text: str) -> list[tuple[str, str]]:
    """Return the medium and the transport of each stream, such as `audio` and `RTP/AVP`."""
    return [(medium, transport) for medium, transport, _ in _MEDIA.findall(text)]


def codecs(text: str) -> list[tuple[str, str]]:
    """Return the name and the clock rate of each codec that a stream offers."""
    known = {**_STATIC, **{number: (name, rate) for number, name, rate in _MAPPING.findall(text)}}
    return [known[number] for _, _, formats in _MEDIA.findall(text) for number in formats.split() if number in known]


def hold_code(text: str) -> int:
    """Return 2 for an audio stream that is sent only or inactive, else 1 for one with a null address, -1 for none.

    A stream without an address has that of the session.
    """
    places = [match.start() for match in re.finditer(r"^m=", text, re.MULTILINE)]
    null_session = _NULL_ADDRESS.search(text[: places[0]]) is not None if places else False
    for start, end in pairwise([*places, len(text)]):
        stream = text[start:end]
        if not stream.startswith("m=audio"):
            continue
        if _HOLDS.search(stream):
            return _NEW_HOLD
        if _NULL_ADDRESS.search(stream) or (null_session and not _ADDRESS.search(stream)):
            return _OLD_HOLD
    return -1
