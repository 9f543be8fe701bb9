"""The sockets of tcp, jsonrpc and xmlrpc: how they are written, printed, and refused."""

import pytest

from evtui.core.errors import BadSocketError
from evtui.core.transport import Queued, Transport
from evtui.transports.stream.settings import JsonrpcSettings, TcpSettings
from evtui.transports.stream.transport import StreamTransport
from evtui.transports.xmlrpc.settings import XmlrpcSettings
from evtui.transports.xmlrpc.transport import XmlrpcTransport

TRANSPORTS: dict[str, Transport] = {
    "tcp": StreamTransport("tcp"),
    "jsonrpc": StreamTransport("jsonrpc"),
    "xmlrpc": XmlrpcTransport(),
}

SPELLINGS = [
    ("tcp:127.0.0.1:09001", "tcp:127.0.0.1:9001", "jsonrpc"),
    ("tcp:127.0.0.1:9001/", "tcp:127.0.0.1:9001", "jsonrpc"),
    ("tcp:host.example:9001/a/b?c", "tcp:host.example:9001/a/b?c", "jsonrpc?method=a%2Fb%3Fc"),
    ("tcp:[0:0::1]:9001/m", "tcp:[::1]:9001/m", "jsonrpc?method=m"),
    ("tcp:h:9001?payload=text", "tcp:h:9001?payload=text", "text"),
    ("tcp:h:9001?durable", "tcp:h:9001?durable=true", "jsonrpc"),
    ("tcp:h:9001/m?durable&reliable=yes", "tcp:h:9001/m?reliable=true&durable=true", "jsonrpc?method=m"),
    ("tcp:h:1?event_param=e%26v&timeout=020", "tcp:h:1?event_param=e%26v&timeout=20", "jsonrpc?event_param=e%26v"),
    ("tcp:h:1/a?b=c?durable=0", "tcp:h:1/a?b=c?durable=false", "jsonrpc?method=a%3Fb%3Dc"),
    ("jsonrpc:h:1", "jsonrpc:h:1", "jsonrpc?id=null"),
    ("jsonrpc:h:1/m", "jsonrpc:h:1/m", "jsonrpc?method=m&id=null"),
    ("xmlrpc:h:1:m", "xmlrpc:h:1:m", "xmlrpc?method=m"),
    ("xmlrpc:h:1/RPC2:m", "xmlrpc:h:1:m", "xmlrpc?method=m"),
    ("xmlrpc:h:1/a/b?c=d:evi:m", "xmlrpc:h:1/a/b?c=d:evi:m", "xmlrpc?method=evi%3Am"),
    ("xmlrpc:h:1:/RPC2:m", "xmlrpc:h:1:/RPC2:m", "xmlrpc?method=%2FRPC2%3Am"),
    ("xmlrpc:[::1]:1:m?struct", "xmlrpc:[::1]:1:m?struct=true", "xmlrpc?method=m&struct=true"),
    ("xmlrpc:h:1:m?durable&timeout=5", "xmlrpc:h:1:m?timeout=5&durable=true", "xmlrpc?method=m"),
]

WRONG = [
    ("tcp:", "host"),
    ("tcp::9001", "host"),
    ("tcp:h", "port"),
    ("tcp:h/m", "port"),
    ("tcp:h:", "port"),
    ("tcp:h:0", "port"),
    ("tcp:h:70000", "port"),
    ("tcp:h:9001x", "port"),
    ("tcp:h:9001:m", "method"),
    ("tcp:[::1", "host"),
    ("tcp:[::1]9001", "port"),
    ("tcp:h:1?reliabel=true", "reliabel"),
    ("tcp:h:1?reliable=maybe", "reliable"),
    ("tcp:h:1?durable&durabel", "durabel"),
    ("tcp:h:1?durable&durable", "durable"),
    ("tcp:h:1?timeout=0", "timeout"),
    ("tcp:h:1?timeout=9999999999", "timeout"),
    ("tcp:h:1?event_param=", "event_param"),
    ("tcp:h:1?payload=xml", "payload"),
    ("tcp:h:1/m?payload=text", "payload"),
    ("tcp:h:1?payload=text&reliable", "payload"),
    ("jsonrpc:h:1?payload=text", "payload"),
    ("tcp:224.0.0.1:9001", "host"),
    ("xmlrpc:2852039166:80:m", "host"),
    ("tcp:[::ffff:169.254.169.254]:80", "host"),
    ("xmlrpc:127.0.0.1:7131:", "method"),
    ("xmlrpc:127.0.0.1:7131", "method"),
    ("xmlrpc:127.0.0.1:7131/RPC2", "method"),
    ("xmlrpc:127.0.0.1:abc:method", "port"),
    ("xmlrpc::7131:method", "host"),
    ("xmlrpc:127.0.0.1/RPC2:method", "port"),
    ("xmlrpc:h:1:m\x01", "method"),
    ("xmlrpc:h:1/a b:m", "path"),
    ("xmlrpc:h:1/é:m", "path"),
    ("xmlrpc:h:1/a\r\nX-Evil: 1:m", "path"),
    ("xmlrpc:h:1/#a:m", "path"),
    ("xmlrpc:h:1:m?struct=2", "struct"),
    ("xmlrpc:h:1:m?reliable=true", "reliable"),
    ("xmlrpc:h:1/path:m?foo", "foo"),
    ("xmlrpc:h:1:m?", "options"),
    ("xmlrpc:h:1:m?foo?struct", "foo"),
    ("xmlrpc:h:1:m?struct&struct", "struct"),
    ("xmlrpc:h:1:m?struct?durable", "options"),
    ("xmlrpc:h:1:m?timeout=1&timeout=2", "timeout"),
    ("xmlrpc:h:1:m?struct&", "options"),
    ("tcp:h:1?", "options"),
    ("tcp:h:1?foo", "options"),
    ("tcp:h:1/m?timeout=1&timeout=2", "timeout"),
    ("tcp:h:1/m?reliable?durable", "options"),
    ("tcp:h:1/m?timeout", "timeout"),
    ("tcp:h:1/m?durable&", "options"),
    ("jsonrpc:h:1/m?reliable=", "reliable"),
]


@pytest.mark.parametrize(("written", "printed", "codec"), SPELLINGS)
def test_a_socket_is_printed_in_one_spelling_that_is_read_back(written: str, printed: str, codec: str) -> None:
    scheme, _, address = written.partition(":")
    target = TRANSPORTS[scheme].parse(scheme, address, trusted=False)
    assert (str(target.socket), target.codec) == (printed, codec)
    again = TRANSPORTS[scheme].parse(scheme, target.socket.address, trusted=False)
    assert (again.socket, again.codec) == (target.socket, codec)


@pytest.mark.parametrize(("wrong", "part"), WRONG)
def test_each_refusal_names_the_part_that_is_wrong(wrong: str, part: str) -> None:
    scheme, _, address = wrong.partition(":")
    with pytest.raises(BadSocketError) as refused:
        TRANSPORTS[scheme].parse(scheme, address, trusted=True).open()
    assert refused.value.part == part
    assert refused.value.socket in {wrong, f"{scheme}:…"}


@pytest.mark.parametrize("scheme", TRANSPORTS)
def test_a_refused_address_names_the_setting_of_its_transport(scheme: str) -> None:
    method = ":m" if scheme == "xmlrpc" else ""
    with pytest.raises(BadSocketError, match=rf"169.254.169.254 is link-local: .* transports\.{scheme}\.allow"):
        TRANSPORTS[scheme].parse(scheme, f"169.254.169.254:80{method}", trusted=True).open()


@pytest.mark.parametrize("scheme", TRANSPORTS)
def test_every_scheme_comes_with_a_grammar_and_an_example_that_parses(scheme: str) -> None:
    (info,) = TRANSPORTS[scheme].infos
    assert (info.scheme, info.grammar.partition(":")[0]) == (scheme, scheme)
    assert str(TRANSPORTS[scheme].parse(scheme, info.example.partition(":")[2], trusted=True).socket) == info.example


@pytest.mark.parametrize("scheme", TRANSPORTS)
def test_every_option_that_is_listed_is_understood(scheme: str) -> None:
    (info,) = TRANSPORTS[scheme].infos
    for option in info.options:
        name, _, values = option.partition(":")[0].partition("=")
        value = {"MS": "1", "NAME": "n"}.get(values, values.partition("|")[0])
        address = info.example.partition(":")[2].replace("/notify", "")
        assert (
            f"{name}={value}"
            in TRANSPORTS[scheme].parse(scheme, f"{address}?{name}={value}", trusted=True).socket.address
        )


def test_settings_hold_for_sockets_that_do_not_say() -> None:
    tcp = StreamTransport("tcp", TcpSettings(event_param="e", durable=True), payload="text")
    assert tcp.parse("tcp", "h:1", trusted=True).codec == "text"
    assert tcp.parse("tcp", "h:1/m", trusted=True).codec == "jsonrpc?method=m&event_param=e"
    assert tcp.parse("tcp", "h:1?payload=jsonrpc&event_param=f", trusted=True).codec == "jsonrpc?event_param=f"
    assert _opened(tcp, "tcp", "127.0.0.1:1").policy.durable
    assert not _opened(tcp, "tcp", "127.0.0.1:1?durable=false").policy.durable
    assert _opened(tcp, "tcp", "127.0.0.1:1?reliable=true").sender.confirms
    assert not _opened(tcp, "tcp", "127.0.0.1:1").sender.confirms
    reliable = StreamTransport("jsonrpc", JsonrpcSettings(sync_mode=True))
    assert _opened(reliable, "jsonrpc", "127.0.0.1:1").sender.confirms
    assert not _opened(reliable, "jsonrpc", "127.0.0.1:1?reliable=false").sender.confirms
    xmlrpc = XmlrpcTransport(XmlrpcSettings(use_struct_param=True))
    assert xmlrpc.parse("xmlrpc", "h:1:m", trusted=True).codec == "xmlrpc?method=m&struct=each"
    assert xmlrpc.parse("xmlrpc", "h:1:m?struct=false", trusted=True).codec == "xmlrpc?method=m"
    assert xmlrpc.parse("xmlrpc", "h:1:m?struct", trusted=True).codec == "xmlrpc?method=m&struct=true"
    assert _opened(xmlrpc, "xmlrpc", "127.0.0.1:1:m?timeout=250").policy.timeout == 0.25


def _opened(transport: Transport, scheme: str, address: str) -> Queued:
    opened = transport.parse(scheme, address, trusted=True).open()
    assert isinstance(opened, Queued)
    return opened
