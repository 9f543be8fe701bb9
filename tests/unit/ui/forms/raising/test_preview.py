"""The bytes before a raise and the results after it."""

from textual.content import Content

from evtui.codecs.payload import encoder
from evtui.core.ports import SubscriptionState
from evtui.core.records import DispatchGroup, DispatchPlan, Failure, Raised
from evtui.core.values import Params, Socket, Subscription
from evtui.ui.forms.raising.preview import MAX_RESULTS, describe_payloads, describe_result, show_bytes
from evtui.ui.stream.stream_view import StreamView
from evtui.ui.widgets.folded_text import fold
from tests.unit.ui.records import REFUSED, TCP, queued, retrying, settled

PARAMS = Params(("192.0.2.1",), ("ip",))


def _member(codec: str) -> SubscriptionState:
    return SubscriptionState(Subscription("E", Socket("udp", "h:1")), codec=codec)


def test_each_payload_in_use_is_shown_with_its_bytes_and_subscribers() -> None:
    shown = describe_payloads("E", PARAMS, [_member("text"), _member("jsonrpc"), _member("jsonrpc")]).plain
    size = len(encoder("jsonrpc")("E", PARAMS))
    assert shown == (
        f'jsonrpc  {size} bytes to 2 subscribers\n{{"jsonrpc":"2.0","method":"E","params":{{"ip":"192.0.2.1"}}}}\n'
        "text  17 bytes to 1 subscriber\nE↵\nip::192.0.2.1↵\n↵"
    )


def test_a_raise_by_opensips_is_shown_as_it_sends_it_with_what_differs() -> None:
    params = Params((2**31, None), ("count", "why"))
    shown = describe_payloads("E", params, [_member("jsonrpc"), _member("")], "opensips").plain
    assert '"params":{"count":2147483647,"why":"null"}' in shown
    assert "the server does not tell the payload of 1 subscriber" in shown
    assert "count is sent as 2147483647" in shown
    assert "2147483648" in describe_payloads("E", params, []).plain
    assert describe_payloads("E", Params((None,)), [], "opensips").plain == (
        "value 1: OpenSIPS refuses a null without a name"
    )


def test_without_subscribers_the_usual_payload_is_shown() -> None:
    assert describe_payloads("E", Params(), []).plain.startswith("jsonrpc  30 bytes to no subscribers\n")


def test_a_payload_no_datagram_can_carry_is_marked() -> None:
    assert "too long for one UDP datagram" in describe_payloads("E", Params(("x" * 70_000,)), []).plain


def test_shown_bytes_hold_nothing_a_terminal_obeys() -> None:
    assert show_bytes(b"a\x1b[2J\xff\n\x07") == "a␛[2J<U+DCFF>↵\n␇"


def test_lines_are_folded_at_the_edge_and_not_at_spaces() -> None:
    assert fold(Content("ab cd ef\n\nx"), 4).plain == "ab c\nd ef\n\nx"
    assert fold(Content("日本語"), 5).plain == "日本\n語"


def test_a_long_payload_is_cut_and_says_so() -> None:
    assert show_bytes(b"x" * 3000).endswith("\n… 1,000 bytes more")


def _raised(subscribers: int, *failed: int) -> Raised:
    sockets = tuple(Socket("udp", f"h:{number}") for number in range(subscribers))
    failures = tuple(Failure(0, place, "ENOENT: gone") for place in failed)
    return Raised(
        7,
        0.0,
        "E",
        PARAMS,
        DispatchPlan(("jsonrpc",), (DispatchGroup(sockets, 0),), subscribers),
        (b"{}",),
        (0.0012,),
        failures,
    )


def test_each_subscriber_has_its_result_and_latency() -> None:
    first, *lines = describe_result(_raised(2, 1), 60).plain.split("\n")
    assert first.startswith("#7 at ")
    assert first.endswith("✓ 1 sent  ✗ 1 failed")
    assert lines == ["✓ udp:h:0   1.2 ms", "✗ udp:h:1   1.2 ms  ENOENT: gone"]


def test_a_reason_that_does_not_fit_gets_a_line_of_its_own() -> None:
    assert describe_result(_raised(1, 0), 30).plain.split("\n")[1:] == ["✗ udp:h:0   1.2 ms", "    ENOENT: gone"]


def test_of_very_many_the_failed_ones_are_shown_first() -> None:
    lines = describe_result(_raised(MAX_RESULTS + 50, MAX_RESULTS + 20), 60).plain.split("\n")
    assert len(lines) == MAX_RESULTS + 2
    assert lines[1].startswith(f"✗ udp:h:{MAX_RESULTS + 20}")
    assert lines[-1] == "… and 50 more"


def test_queued_deliveries_are_reported_as_they_stand_and_as_they_end() -> None:
    view = StreamView()
    record = queued(1, TCP[0], TCP[1])
    deliveries = view.deliveries.of(record)
    lines = describe_result(record, 60, deliveries).plain.split("\n")
    assert lines[0].endswith("… 2 queued")
    assert [line.rstrip() for line in lines[1:]] == ["… tcp:127.0.0.1:7000", "… tcp:127.0.0.1:7001"]
    view.take([record, settled(1, socket=TCP[1]), retrying(1, 1, attempt=2)])
    lines = describe_result(record, 90, deliveries).plain.split("\n")
    assert lines[0].endswith("✓✓ 1 acknowledged  ↻ 1 retrying")
    assert lines[1].endswith(f" attempt 2: {REFUSED}")
    assert lines[2] == "✓✓ tcp:127.0.0.1:7001   250 ms"
