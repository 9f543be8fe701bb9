"""The sockets of RabbitMQ, as all versions wrote them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evtui.core.errors import BadSocketError
from evtui.transports.rabbitmq.grammar import parse

SPELLINGS = [
    # 1.8 to 1.11: a routing key
    ("127.0.0.1/q", "guest@127.0.0.1:5672/q"),
    ("guest:guest@127.0.0.1/q", "guest@127.0.0.1:5672/q"),
    ("@127.0.0.1/q", "guest@127.0.0.1:5672/q"),
    ("127.0.0.1:5724/q", "guest@127.0.0.1:5724/q"),
    ("127.0.0.1/a.b/c@d:e", "guest@127.0.0.1:5672/a.b/c@d:e"),
    # 2.1 to 3.1: the exchange stands bare
    ("guest@127.0.0.1/ex?rk", "guest@127.0.0.1:5672/exchange=ex?rk"),
    ("127.0.0.1/ex%20change?rk", "guest@127.0.0.1:5672/exchange=ex%20change?rk"),
    ("127.0.0.1/?rk", "guest@127.0.0.1:5672/rk"),
    ("127.0.0.1/ex?a?b", "guest@127.0.0.1:5672/exchange=ex?a%3Fb"),
    # 3.2 and later: a list
    ("127.0.0.1/exchange=ex?rk", "guest@127.0.0.1:5672/exchange=ex?rk"),
    ("127.0.0.1/persistent?rk", "guest@127.0.0.1:5672/persistent?rk"),
    ("127.0.0.1/persistent;exchange=ex?rk", "guest@127.0.0.1:5672/exchange=ex;persistent?rk"),
    ("127.0.0.1/tls_domain=sip;?rk", "guest@127.0.0.1:5671/tls_domain=sip?rk"),
    ("127.0.0.1/exchange=persistent?rk", "guest@127.0.0.1:5672/exchange=persistent?rk"),
    # ours
    ("127.0.0.1/vhost=%2Fside;tls?rk", "guest@127.0.0.1:5671/vhost=/side;tls?rk"),
    ("127.0.0.1/tls=no;mandatory=0;durable?rk", "guest@127.0.0.1:5672/mandatory=false;tls=false;durable?rk"),
    ("127.0.0.1/payload=text?rk", "guest@127.0.0.1:5672/payload=text?rk"),
    ("[::1]/q", "guest@[::1]:5672/q"),
    ("u:p@[0:0::1]:5671/q", "u@[::1]:5671/q"),
    ("a%40b:x%2Fy@127.0.0.1/q%3F", "a%40b@127.0.0.1:5672/q%3F"),
    ("a@b:x@127.0.0.1/q", "a%40b@127.0.0.1:5672/q"),
    ("h/%C3%A9", "guest@h:5672/%C3%A9"),
]

WRONG = [
    ("", "routing key"),
    ("127.0.0.1", "routing key"),
    ("127.0.0.1/", "routing key"),
    ("127.0.0.1/ex?", "routing key"),
    ("127.0.0.1/" + "x" * 256, "routing key"),
    ("127.0.0.1/%FF", "routing key"),
    ("127.0.0.1/\udcff", "routing key"),
    ("/q", "host"),
    ("a b/q", "host"),
    ("::1/q", "host"),
    ("[::g]/q", "host"),
    ("guest:guest@127.0.0.1:abc/q", "port"),
    ("127.0.0.1:0/q", "port"),
    ("127.0.0.1:65536/q", "port"),
    ("127.0.0.1:/q", "port"),
    (":guest@127.0.0.1/q", "user"),
    ("%FF@127.0.0.1/q", "user"),
    ("u:%FF@127.0.0.1/q", "password"),
    ("127.0.0.1/foo=ex?rk", "foo"),
    ("127.0.0.1/ex;persistent?rk", "ex"),
    ("127.0.0.1/persistent=perhaps?rk", "persistent"),
    ("127.0.0.1/exchange?rk", "exchange"),
    ("127.0.0.1/exchange=?rk", "exchange"),
    ("127.0.0.1/exchange=;persistent?rk", "exchange"),
    ("127.0.0.1/exchange=a;exchange=b?rk", "exchange"),
    ("127.0.0.1/persistent=maybe?rk", "persistent"),
    ("127.0.0.1/persistent=?rk", "persistent"),
    ("127.0.0.1/vhost=?rk", "vhost"),
    ("127.0.0.1/vhost?rk", "vhost"),
    ("127.0.0.1/tls;tls?rk", "tls"),
    ("127.0.0.1/payload=xml?rk", "payload"),
    ("127.0.0.1/exchange=" + "x" * 256 + "?rk", "exchange"),
]


@pytest.mark.parametrize(("written", "shown"), SPELLINGS)
def test_what_any_version_wrote_is_understood_and_printed_in_one_spelling(written: str, shown: str) -> None:
    assert parse("rabbitmq", written).shown == shown


@pytest.mark.parametrize("shown", sorted({shown for _, shown in SPELLINGS}))
def test_what_is_printed_can_be_given_back(shown: str) -> None:
    assert parse("rabbitmq", shown).shown == shown


@pytest.mark.parametrize(("written", "part"), WRONG)
def test_a_wrong_socket_says_which_part_is_wrong(written: str, part: str) -> None:
    with pytest.raises(BadSocketError) as caught:
        parse("rabbitmq", written)
    assert caught.value.part == part


def test_the_full_text_keeps_the_password_and_the_printed_one_does_not() -> None:
    found = parse("rabbitmq", "us%3Aer:se%2Fcr%40et@h:1/ex?k")
    assert (found.user, found.password, found.host, found.port) == ("us:er", "se/cr@et", "h", 1)
    assert parse("rabbitmq", found.full) == found
    assert "se" not in found.shown.replace("us%3Aer", "")


@pytest.mark.parametrize(
    "written",
    [
        "user:Pa55word@h:99999/q",
        "user:Pa55word@h",
        "user:Pa55word@h/",
        "user:Pa55/word@h/q",
        "user:99999/Pa55@h/q",
        "user:Pa55@word@h/foo=1?q",
        ":Pa55word@h/q",
        "user:Pa55%FFword@h/q",
    ],
)
def test_no_refusal_tells_the_password(written: str) -> None:
    with pytest.raises(BadSocketError) as caught:
        parse("rabbitmq", written)
    assert "Pa55" not in str(caught.value)
    assert "word" not in str(caught.value).replace("PASSWORD", "").replace("password", "")


def test_the_port_is_that_of_tls_when_the_settings_say_tls() -> None:
    assert parse("rabbitmq", "h/q", tls=True).port == 5671
    assert parse("rabbitmq", "h/tls=false?q", tls=True).port == 5672
    assert parse("rabbitmq", "h/q", tls=True).tls


def test_a_parameter_that_is_true_or_false_has_a_default() -> None:
    found = parse("rabbitmq", "h/persistent;mandatory=false?q")
    assert found.flag("persistent", default=False)
    assert not found.flag("mandatory", default=True)
    assert found.flag("durable", default=True)


NAMES = st.text(min_size=1, max_size=40)


@given(user=NAMES, password=NAMES, key=NAMES, exchange=NAMES, vhost=NAMES)
def test_any_names_survive_printing_and_parsing(user: str, password: str, key: str, exchange: str, vhost: str) -> None:
    from urllib.parse import quote

    def escaped(text: str) -> str:
        return quote(text, safe="")

    parameters = f"exchange={escaped(exchange)};vhost={escaped(vhost)}"
    found = parse("rabbitmq", f"{escaped(user)}:{escaped(password)}@h/{parameters}?{escaped(key)}")
    assert (found.user, found.password, found.key, found.exchange) == (user, password, key, exchange)
    assert found.parameters["vhost"] == vhost
    assert parse("rabbitmq", found.full) == found
    assert found.shown.isascii()


@given(st.text(max_size=60))
def test_garbage_is_understood_or_refused_and_nothing_else(text: str) -> None:
    try:
        found = parse("rabbitmq", text)
    except BadSocketError:
        return
    assert parse("rabbitmq", found.full) == found
