"""Lines of a file of authorized keys: what they say, and what is wrong with them."""

import pytest

from evtui.serve.ssh.key_line import KeyLine, KeyLineError, parse_key_line

KEY = "ssh-ed25519 AAAAC3Nza"


@pytest.mark.parametrize(
    ("line", "means"),
    [
        (KEY, KeyLine(KEY, "")),
        (f"  {KEY}   alice at home ", KeyLine(KEY, "alice at home")),
        (f'role="operator" {KEY} bob', KeyLine(KEY, "bob", "operator")),
        (f'restrict,pty,commands,role="viewer" {KEY}', KeyLine(KEY, "", commands=True)),
        (
            f'from="192.0.2.*, !192.0.2.7,2001:db8::/32"\t{KEY} c',
            KeyLine(KEY, "c", sources=("192.0.2.*", "!192.0.2.7", "2001:db8::/32")),
        ),
        (f"NO-PTY {KEY}", KeyLine(KEY, "")),
    ],
)
def test_a_line_has_options_a_key_and_a_name(line: str, means: KeyLine) -> None:
    assert parse_key_line(line) == means


@pytest.mark.parametrize("line", ["", "   ", "# ssh-ed25519 AAAA", "  # x"])
def test_empty_lines_and_comments_have_no_key(line: str) -> None:
    assert parse_key_line(line) is None


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("what is this", "it has no key|options cannot be read"),
        ("ssh-ed25519", "it has no key"),
        (f'command="/bin/sh" {KEY}', "the option command takes no value here"),
        (f"command {KEY}", "the option command is not known here"),
        (f'expiry-time="20260101" {KEY}', "the option expiry-time takes no value here"),
        (f"cert-authority {KEY}", "the option cert-authority is not known here"),
        (f'role="admin" {KEY}', 'role="viewer" or role="operator"'),
        (f"role {KEY}", 'role="viewer" or role="operator"'),
        (f'role="viewer",role="operator" {KEY}', "the option role stands twice"),
        (f'role="operator {KEY}', "its options cannot be read from column 1 on"),
        (f"commands,,pty {KEY}", "its options cannot be read from column 10 on"),
        (f'from="" {KEY}', "the option from names no address"),
        (f'from="192.0.2.0/33" {KEY}', "the option from: "),
    ],
)
def test_a_line_that_cannot_be_kept_as_it_stands_is_refused_with_the_wrong_part(line: str, why: str) -> None:
    with pytest.raises(KeyLineError, match=why):
        parse_key_line(line)


@pytest.mark.parametrize(
    ("sources", "address", "may"),
    [
        ((), "203.0.113.9", True),
        (("192.0.2.*",), "192.0.2.9", True),
        (("192.0.2.*",), "203.0.113.9", False),
        (("192.0.2.*", "!192.0.2.7"), "192.0.2.7", False),
        (("!192.0.2.7",), "192.0.2.8", False),
        (("2001:db8::/32",), "2001:db8::1", True),
        (("2001:db8::/32",), "192.0.2.1", False),
        (("192.0.2.0/24",), "not an address", False),
    ],
)
def test_a_key_may_come_from_the_addresses_that_it_names(sources: tuple[str, ...], address: str, may: bool) -> None:
    assert KeyLine(KEY, "", sources=sources).comes_from(address) is may
