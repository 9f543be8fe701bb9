"""Hostile text is made safe to show."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from evtui.codecs.display_text import MAX_MARKS, display_safe, typed_safe


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("", ""),
        ("naïve Ünïcode 日本語 🙂", "naïve Ünïcode 日本語 🙂"),
        ("\x1b]52;c;ZXZpbA==\x07", "␛]52;c;ZXZpbA==␇"),
        ("a\tb\r\nc\x00", "a␉b␍␊c␀"),
        ("\x7f", "␡"),
        ("\x9b31m", "<9B>31m"),
        ("user\u202egpj.exe", "user<U+202E>gpj.exe"),
        ("a\u200bb\ufeff", "a<U+200B>b<U+FEFF>"),
        ("\u2066x\u2069", "<U+2066>x<U+2069>"),
        ("\u2028\u2029", "<U+2028><U+2029>"),
        ("\udcff", "<U+DCFF>"),
        ("\U000e0041", "<U+E0041>"),
        ("\u3164", "<U+3164>"),
        ("❤\ufe0f 1\ufe0f\u20e3 葛\U000e0100", "❤<U+FE0F> 1<U+FE0F>\u20e3 葛<U+E0100>"),
        ("👩🏽\u200d💻", "👩<U+1F3FD><U+200D>💻"),
        ("[/x][@click=app.quit]", "[/x][@click=app.quit]"),
    ],
)
def test_what_a_terminal_obeys_or_hides_is_written_out(text: str, shown: str) -> None:
    assert display_safe(text) == shown


def test_what_is_typed_keeps_what_only_changes_its_look() -> None:
    assert typed_safe("❤\ufe0f 👩🏽\u200d\x1b") == "❤\ufe0f 👩🏽<U+200D>␛"
    assert typed_safe("e" + "\u0301" * 50) == "e" + "\u0301" * MAX_MARKS


_PICTURES = st.sampled_from(
    "☎❤1#👩🏽🏿💻🇩🇪\ufe0f\ufe0e\u20e3\u200d\U000e0067\U000e007f葛\U000e0100e\u0301\u1112\u1161\u11ab"
)


@given(
    st.text(st.one_of(_PICTURES, st.characters().filter(lambda char: unicodedata.category(char) != "Mc")), max_size=40)
)
def test_terminals_agree_how_many_cells_a_text_takes(text: str) -> None:
    """Some count the cells of each character alone, others those of characters that are drawn as one.

    They do not agree on Mc, the vowel signs of Indic scripts, but naming these would make words unreadable.
    """
    shown = display_safe(text)
    assert cell_len(shown) == sum(cell_len(char) for char in shown)


def test_a_run_of_combining_marks_keeps_three() -> None:
    assert display_safe("e" + "\u0301" * 50 + "x") == "e" + "\u0301" * MAX_MARKS + "x"


def test_a_leading_mark_gets_a_character_to_stand_on() -> None:
    assert display_safe("\u0301x") == "◌\u0301x"


def test_a_long_text_is_cut_before_anything_else() -> None:
    assert display_safe("x" * 10_000_000, 10) == "x" * 9 + "…"
    assert display_safe("\x1b" * 100, 3) == "␛␛…"


@given(st.text(st.characters(categories=None), max_size=200))
def test_nothing_that_comes_out_is_a_control_a_format_character_or_a_surrogate(text: str) -> None:
    shown = display_safe(text)
    assert not {unicodedata.category(char) for char in shown} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    shown.encode()


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=100))
def test_printable_ascii_is_left_alone(text: str) -> None:
    assert display_safe(text) == text
