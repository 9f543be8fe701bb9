"""A line feed is ctrl+j only when nothing is typed right before or after it."""

import pytest
from textual.events import Key, Paste

from evtui.ui.terminal.terminal_input import TerminalInput


def heard(*reads: bytes) -> list[str]:
    """Return the keys that the console hears of some reads; an empty one is a tenth of a second without input."""
    terminal = TerminalInput()
    keys: list[str] = []
    for data in reads:
        messages = [*terminal.read(data, final=not data), *terminal.tick()]
        keys += [each.key for each in messages if isinstance(each, Key)]
    return keys


def test_a_line_feed_alone_is_a_key_when_it_was_quiet_for_a_moment() -> None:
    assert heard(b"\n") == []
    assert heard(b"\n", b"") == ["ctrl+j"]
    assert heard(b"j", b"", b"\n", b"", b"k") == ["j", "ctrl+j", "k"]
    assert heard(b"\n", b"", b"\n", b"", b"") == ["ctrl+j", "ctrl+j"]


@pytest.mark.parametrize(
    "reads", [[b"a\nb"], [b"a", b"\n", b"b"], [b"a", b"\n", b""], [b"\nb", b""], [b"\n", b"ab", b""], [b"\n\n", b""]]
)
def test_the_line_feeds_of_a_text_are_nothing(reads: list[bytes]) -> None:
    letters = [chr(each) for each in b"".join(reads) if each != 0x0A]
    assert heard(*reads, b"", b"") == letters


def test_a_pasted_text_keeps_its_line_feeds() -> None:
    terminal = TerminalInput()
    messages = list(terminal.read(b"\x1b[200~one\ntwo\x1b[201~"))
    messages += [*terminal.read(b"", final=True), *terminal.tick()]
    assert [each.text for each in messages if isinstance(each, Paste)] == ["one\ntwo"]
    assert not [each for each in messages if isinstance(each, Key)]


def test_what_a_terminal_reports_by_itself_is_no_text() -> None:
    assert heard(b"\x1b[<35;10;10M", b"\n", b"\x1b[<35;11;10M", b"") == ["ctrl+j"]
