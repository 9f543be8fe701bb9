"""JSON as the parser of OpenSIPS reads it; each answer was seen beside 3.6.8."""

import pytest

from evtui.codecs.jsonvalue import Json, Members
from evtui.core.errors import BadMessageError
from evtui.mi.protocol.c_json import MAX_REWRITTEN, scan_c_json


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("7", 7), ("-7", -7), ("007", 7), ("-007", -7), ("00", 0), ("-0", 0), ("1.", 1), ("01.5", 1.5), ("-.5", -0.5),
        ("5.e2", 500.0), ("1E+2", 100.0), ("0x10", 16), ("-0xFf", -255), ("0123456789012345678", 123456789012345678),
        ("12345678901234567890", 12345678901234567890),
    ],
)  # fmt: skip
@pytest.mark.parametrize("around", ["[{}]", '{{"a":{}}}', '[ {} ,"007"]'])
def test_numbers_are_written_as_in_c(written: str, value: Json, around: str) -> None:
    expected: dict[str, Json] = {"[{}]": [value], '{{"a":{}}}': Members([("a", value)])}
    assert scan_c_json(around.format(written)) == expected.get(around, [value, "007"])


@pytest.mark.parametrize(
    "written", ["+5", ".5", "1e", "1e+", "1.2.3", "--5", "-", "1-2", "0x", "0xg", "007a", "NaN", "nul", "a007", "1,2,"]
)
def test_what_is_no_number_in_c_either_is_refused(written: str) -> None:
    with pytest.raises(BadMessageError):
        scan_c_json(f"[{written}]")


def test_texts_are_left_alone_when_numbers_are_rewritten() -> None:
    assert scan_c_json(r'["007 \"008\" 0x1",009,"\\",1.,"-.5"]') == ['007 "008" 0x1', 9, "\\", 1, "-.5"]


def test_a_long_text_is_json_or_is_refused() -> None:
    filling = "x" * MAX_REWRITTEN
    assert scan_c_json(f'["{filling}",7]') == [filling, 7]
    with pytest.raises(BadMessageError):
        scan_c_json(f'["{filling}",007]')


@pytest.mark.parametrize(
    "text", ['"a\0b"', r'"a\u0000b"', r'["\\",{"\u0000":1}]', r'"\ud800"', r'"\ude00"', r'"\ud800\ud800"', "\0[]", ""]
)
def test_nul_and_half_a_surrogate_pair_are_refused(text: str) -> None:
    with pytest.raises(BadMessageError):
        scan_c_json(text)


@pytest.mark.parametrize(
    ("text", "value"), [("[1]\0[", [1]), (r'"\\u0000"', "\\u0000"), (r'"\ud83d\ude00"', "😀"), ('"x\x01\n"', "x\x01\n")]
)
def test_what_only_looks_so_is_read(text: str, value: Json) -> None:
    assert scan_c_json(text) == value
