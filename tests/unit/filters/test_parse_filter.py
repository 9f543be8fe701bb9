"""What filters show, and what is said of texts that are none."""

import pytest

from evtui.core.errors import BadFilterError
from evtui.core.values import Params
from evtui.filters.parse_filter import LONGEST, parse_filter
from evtui.filters.record_facts import RecordFacts, rows_of
from tests.unit.filters.filter_records import NOW, RECORDS, raised

ALL = " ".join(RECORDS)


def shown(text: str) -> str:
    """Name the records that a filter shows; `all/0 all/2` are rows of the record with three."""
    wanted, found = parse_filter(text, NOW), list[str]()
    for name, record in RECORDS.items():
        facts = RecordFacts(record)
        rows = list(rows_of(facts))
        places = [place for place, row in enumerate(rows) if wanted.shows_row(row, NOW)]
        reduced = wanted.reduce(facts, NOW)
        if isinstance(reduced, bool):
            assert len(places) == (len(rows) if reduced else 0), name
        else:
            assert places == [place for place, row in enumerate(rows) if reduced.shows(row, NOW)], name
        found += [name] if len(places) == len(rows) else [f"{name}/{place}" for place in places]
    return " ".join(found)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        # Words: each occurs in event, parameters, subscriber, status or reason, case ignored.
        ("pike", "pike"),
        ("PIKE 203.0.113", "pike"),
        ("pike dropped", ""),
        ("failed", "all/1 retrying"),
        ('"connection refused"', "all/1 retrying"),
        ("connection refused", "all/1 retrying"),
        ("e_*blocked", "pike"),
        ('"e_*blocked"', ""),
        ("127.0.0.1:9000", "pike all/0 untold subscribed expired"),
        ("rabbitmq:broker/calls?key", "all/2 settled retrying"),
        ("subscribers", "none"),
        # Event, subscriber, scheme, kind.
        ("event=E_PIKE_BLOCKED", "pike"),
        ("event=e_pike_blocked", ""),
        ("event==E_PIKE*", "pike"),
        ("event~pike", "pike"),
        ("event!~call", "pike published restarted"),
        ("to=udp:*:9000", "pike all/0 all/1 untold subscribed expired"),
        ("to=udp:[::1]:9000", "all/1"),
        ("socket=udp:[::1]:*", "all/1"),
        ("subscriber~BROKER", "all/2 settled retrying"),
        ("scheme=rabbitmq", "all/2 settled retrying"),
        ("transport=u?p", "pike all/0 all/1 untold subscribed expired"),
        ("kind=subscribed", "subscribed"),
        ("kind=Expired or kind=refused", "refused expired"),
        ("kind=re*", "refused retrying restarted"),
        # How it ended.
        ("outcome=ok", "pike all/0 untold"),
        ("status=failed", "all/1"),
        ("outcome=queued", "all/2"),
        ("outcome=dropped", "settled"),
        ("outcome=retrying", "retrying"),
        ("outcome=refused", "refused"),
        ("outcome=expired", "expired"),
        ("outcome=no-subscribers", "none"),
        ("outcome~fail", "all/1"),
        ("reason~refused", "all/1 retrying"),
        ("reason=*raises*", "refused"),
        ("reason=*", "all/1 refused settled retrying"),
        # Numbers, durations, times.
        ("latency>5ms", "pike all/0 all/1 settled"),
        ("latency>8000us and latency<0.5s", ""),
        ("latency>=8ms latency<=8000µs", "pike all/0 all/1"),
        ("age<10s", "refused settled retrying subscribed expired published restarted"),
        ("age>=2h", "none"),
        ("serial=8", "all"),
        ("serial>=8", "all none untold"),
        ("serial!=8 serial<20", "pike none untold settled"),
        ("time<2000-01-01", ""),
        ("time>=2000-01-01T12:30:15.5", ALL),
        # Parameters: by name, in any order of writing; numbers as numbers.
        ("ip=203.0.113.*", "pike"),
        ("ip=203.0.113.9", "pike"),
        ("ip=203.0.113", ""),
        ("ip~113", "pike"),
        ("count=3", "pike"),
        ("count=3.0", "pike"),
        ("attr.count>=3", "pike all"),
        ("count > 3", "all"),
        ("count<1e2", "pike all refused"),
        ("load=2.50", "all"),
        ("user=null", "all"),
        ("attr.reason~PIKE", "pike"),
        ('"count"=3', "pike"),
        ("attr.1=0049", "none"),
        ("attr.1=49", ""),
        ("attr.2~X", "none"),
        ("missing=*", ""),
        ("missing!=1 event=E_NEW", "published"),
        # All text.
        ('text~"9 COUNT=3"', "pike"),
        ("text~203*pike", "pike"),
        ('text~"e_call count=7 user=null load=2.5 udp:127"', "all/0"),
        ("text!~e_call", "pike published restarted"),
        # Joined.
        ("event~PIKE and ip=203.0.113.* and not outcome=ok", ""),
        ("event~PIKE and ip=203.0.113.* and not outcome=failed", "pike"),
        ("pike or dropped", "pike settled"),
        ("pike or e_call dropped", "pike settled"),
        ("(pike or e_call) dropped", "settled"),
        ("not (pike or e_call)", "published restarted"),
        ("NOT e_call AND NOT published", "pike restarted"),
        ("not not pike", "pike"),
        ("event=E_CALL and not (outcome=ok or outcome=queued) and not kind=subscribed and serial>0",
         "all/1 none settled"),
        ('"or"', "refused subscribed"),
    ],
)  # fmt: skip
def test_a_filter_shows(text: str, names: str) -> None:
    assert shown(text) == names


@pytest.mark.parametrize(
    ("text", "column", "why"),
    [
        ("  ", 1, "empty"),
        ("event=", 7, "a value is missing"),
        ("event= ", 7, "a value is missing"),
        ("pike (a", 8, "a bracket is not closed"),
        ("pike) a", 5, "no bracket that this one closes"),
        ("pike and", 9, "is missing"),
        ("not ", 4, "is missing"),
        ("()", 2, "is missing before )"),
        ("a =(b)", 4, "written in quotes"),
        ("= 5", 1, "a name is missing before ="),
        ("a and >5", 7, "a name is missing before >5"),
        ('pike "abc', 6, "the quote is not closed"),
        ('text~"abc', 6, "the quote is not closed"),
        ("latency>5", 9, "with its unit"),
        ("latency=5ms", 9, "<, <=, > and >="),
        ("age<soon", 5, "with its unit"),
        ("time>25:00", 6, "a time is"),
        ("time>yesterday", 6, "a time is"),
        ("time=14:05", 6, "<, <=, > and >="),
        ("a and outcome=faild", 15, "did you mean failed?"),
        ("kind=xyz", 6, "it is one of raised"),
        ("event<5", 7, "=, !=, ~ and !~"),
        ("text=abc", 6, "~ and !~"),
        ("serial=x", 8, "to a number"),
        ("count>many", 7, "compares numbers"),
        ("a rabbitmq:u@h/?k=v", 3, "in quotes"),
        (f"event={'*' * 300}", 7, "at most 256"),
        ("not (a or " * 60 + "b" + ")" * 60, 1, "within each other"),
        ("a" * (LONGEST + 1), LONGEST + 1, "at most 2,000"),
    ],
)
def test_what_is_wrong_is_told_with_its_column(text: str, column: int, why: str) -> None:
    with pytest.raises(BadFilterError) as caught:
        parse_filter(text, NOW)
    assert caught.value.column == column
    assert why in caught.value.why


def test_a_time_of_the_day_is_the_last_one_before_now() -> None:
    late, early = raised(age=3600), raised(age=25 * 3600)
    for hours in range(24):
        wanted = parse_filter(f"time>{hours:02}:00", NOW)
        assert not wanted.reduce(RecordFacts(early), NOW)
    assert any(parse_filter(f"time>{hours:02}:00", NOW).reduce(RecordFacts(late), NOW) for hours in range(24))


def test_a_parameter_that_repeats_is_found_by_each_value() -> None:
    record = raised(params=Params(("1", "2"), ("ip", "ip")))
    for text in ("ip=1", "ip=2", "ip>1"):
        assert parse_filter(text, NOW).reduce(RecordFacts(record), NOW) is True


def test_a_filter_says_when_its_answer_may_change() -> None:
    assert parse_filter("age<10m or age>1h", NOW).ages in {(600.0, 3600.0), (3600.0, 600.0)}
    assert not parse_filter("event=E_CALL and age<1s and to=udp:*", NOW).changes
    assert parse_filter("not (event=E_CALL and latency>1s)", NOW).changes
    assert parse_filter("failed", NOW).changes
    assert parse_filter("failed to=udp:*", NOW).is_of_subscribers
    assert not parse_filter("latency>1s", NOW).is_of_subscribers
    assert not parse_filter('"two words"', NOW).is_of_subscribers
