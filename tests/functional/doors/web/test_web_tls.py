"""The browser door over HTTPS: real TLS clients, a real Chromium, certificates that cannot be used."""

import json
import re
import socket
import ssl
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path

import aiohttp
import anyio
import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from evtui.serve.web.page_messages import PROTOCOL
from tests.functional.doors.web.chromium import CHROMIUM, chromium
from tests.functional.processes.evtui_process import Evtui, Server, free_port
from tests.functional.transports.tls_files import TlsFiles
from tests.limits import HANG

_LINK = re.compile(r"in a browser: (https://127\.0\.0\.1:(\d+)/)#token=(\S+)")


@pytest.fixture
def files(tmp_path: Path) -> TlsFiles:
    return TlsFiles(tmp_path)


def _options(files: TlsFiles, port: int) -> list[str]:
    return ["--web", f"127.0.0.1:{port}", "--web-cert", str(files.server), "--web-key", str(files.server_key)]


def _link(server: Server) -> re.Match[str]:
    link = _LINK.search("\n".join(server.places))
    assert link is not None, server.places
    return link


def _trusting(files: TlsFiles) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(files.ca))


async def _log_in(port: int, token: str, tls: ssl.SSLContext) -> str:
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(f"https://127.0.0.1:{port}/terminal", protocols=(PROTOCOL,), ssl=tls) as page,
    ):
        system_socket = page.get_extra_info("socket")
        await page.send_str(json.dumps({"is": "hello", "token": token}))
        answer = json.loads(await page.receive_str(timeout=HANG))
    with anyio.fail_after(HANG):
        while system_socket.fileno() >= 0:  # noqa: ASYNC110 - TLS says good-bye after the client was closed
            await anyio.sleep(0.01)
    return str(answer.get("role") or answer["cause"])


def _answer(client: socket.socket) -> bytes:
    """Return what comes before the connection ends; one that is closed with something unread is reset."""
    try:
        return client.recv(100)
    except ConnectionResetError:
        return b""


def _handshake(port: int, tls: ssl.SSLContext) -> str | None:
    """Speak TLS with the door; returns the version."""
    with (
        socket.create_connection(("127.0.0.1", port), HANG) as plain,
        tls.wrap_socket(plain, server_hostname="127.0.0.1") as wrapped,
    ):
        wrapped.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        assert wrapped.recv(100).startswith(b"HTTP/1.1 200 OK")
        return wrapped.version()


def test_it_prints_an_encrypted_link_and_speaks_no_old_tls(evtui: Evtui, files: TlsFiles) -> None:
    with evtui.serving(*_options(files, free_port())) as server:
        link = _link(server)
        port = int(link[2])
        assert anyio.run(_log_in, port, link[3], _trusting(files)) == "viewer"
        for version, expected in ((ssl.TLSVersion.TLSv1_2, "TLSv1.2"), (ssl.TLSVersion.TLSv1_3, "TLSv1.3")):
            tls = _trusting(files)
            tls.minimum_version = tls.maximum_version = version
            assert _handshake(port, tls) == expected
        old = _trusting(files)
        old.set_ciphers("ALL:@SECLEVEL=0")
        with pytest.warns(DeprecationWarning, match="TLSv1_1"):
            old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
        with pytest.raises((ssl.SSLError, ConnectionError)):
            _handshake(port, old)
        with pytest.raises(ssl.SSLCertVerificationError):
            _handshake(port, ssl.create_default_context())
        ended = server.stop()
        assert (ended.status, "Traceback" in ended.err) == (0, False)


def test_clients_without_tls_and_silent_ones_make_room_for_others(evtui: Evtui, files: TlsFiles) -> None:
    with evtui.serving(*_options(files, free_port())) as server, ExitStack() as opened:
        link = _link(server)
        port = int(link[2])
        with closing(socket.create_connection(("127.0.0.1", port), HANG)) as plain:
            plain.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            assert b"HTTP" not in _answer(plain)
        silent = [opened.enter_context(socket.create_connection(("127.0.0.1", port), HANG)) for _ in range(100)]
        assert anyio.run(_log_in, port, link[3], _trusting(files)) == "viewer"
        assert _answer(silent[0]) == b"", "the oldest one was closed before it said anything"
        assert anyio.run(_log_in, port, "guess", _trusting(files)) == "token"


def test_a_certificate_that_is_replaced_counts_from_the_next_connection_on(evtui: Evtui, files: TlsFiles) -> None:
    with evtui.serving(*_options(files, free_port())) as server:
        port = int(_link(server)[2])
        _handshake(port, _trusting(files))
        files.server.write_text("not a certificate")
        _handshake(port, _trusting(files))
        folder = files.server.parent / "new"
        folder.mkdir()
        new = TlsFiles(folder)
        files.server_key.write_bytes(new.server_key.read_bytes())
        files.server.write_bytes(new.server.read_bytes())
        _handshake(port, _trusting(new))
        with pytest.raises(ssl.SSLCertVerificationError):
            _handshake(port, _trusting(files))
        assert "it has no certificate in PEM: the certificate of before is used" in server.stop().err


def _encrypted(files: TlsFiles) -> None:
    key = load_pem_private_key(files.server_key.read_bytes(), None)
    secret = BestAvailableEncryption(b"quiet")
    files.server_key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, secret))


def _key_is_a_folder(files: TlsFiles) -> None:
    files.server_key.unlink()
    files.server_key.mkdir()


def _damaged(files: TlsFiles) -> None:
    files.server.write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")


HARMS: tuple[tuple[str, Callable[[TlsFiles], object], str], ...] = (
    ("no certificate", lambda files: files.server.unlink(), "certificate {cert}: No such file or directory"),
    ("no key", lambda files: files.server_key.unlink(), "certificate's key {key}: No such file or directory"),
    ("a folder", _key_is_a_folder, "certificate's key {key}: Is a directory"),
    ("no PEM", lambda files: files.server.write_text("x"), "certificate {cert}: it has no certificate in PEM"),
    ("no key in PEM", lambda files: files.server_key.write_text("x"), "certificate's key {key}: it has no private key"),
    (
        "another key",
        lambda files: files.server_key.write_bytes(files.client_key.read_bytes()),
        "certificate's key {key}: it is the key of another certificate than {cert}",
    ),
    ("encrypted", _encrypted, "certificate's key {key}: it is encrypted, and evtui asks for no passphrase"),
    ("damaged", _damaged, "certificate {cert} with key {key}: they cannot be read"),
)


@pytest.mark.parametrize(("harm", "why"), [pytest.param(harm, why, id=name) for name, harm, why in HARMS])
def test_files_that_cannot_be_used_are_named(
    evtui: Evtui, files: TlsFiles, harm: Callable[[TlsFiles], object], why: str
) -> None:
    harm(files)
    refused = evtui.run("serve", *_options(files, free_port()))
    assert refused.status == 1
    assert why.format(cert=files.server, key=files.server_key) in refused.err
    assert "Traceback" not in refused.err
    environ = {"EVTUI_WEB_LISTEN": f"127.0.0.1:{free_port()}", "EVTUI_WEB_CERT_FILE": str(files.server)}
    told = evtui.run("doctor", **environ, EVTUI_WEB_KEY_FILE=str(files.server_key))
    assert f"✗ web certificate: {why.format(cert=files.server, key=files.server_key)}" in told.out


def test_a_key_needs_its_certificate(evtui: Evtui, files: TlsFiles) -> None:
    refused = evtui.run("serve", "--web", f"127.0.0.1:{free_port()}", "--web-key", str(files.server_key))
    assert refused.status == 1
    assert f"web.key_file {files.server_key}: web.cert_file, its certificate, is missing" in refused.err


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
def test_a_browser_shows_the_console_over_https(evtui: Evtui, files: TlsFiles, tmp_path: Path) -> None:
    async def look(url: str, token: str) -> list[str]:
        async with chromium(tmp_path / "profile", "--ignore-certificate-errors") as browser, browser.tab() as tab:
            await tab.go(f"{url}#token={token}")
            await tab.shows("LIVE")
            await tab.press("?")
            await tab.shows("Help")
            assert await tab.value("isSecureContext")
            assert await tab.value("document.cookie") == ""
            return tab.requests

    (tmp_path / "profile").mkdir()
    with evtui.serving(*_options(files, free_port())) as server:
        link = _link(server)
        requests = anyio.run(look, link[1], link[3])
    assert {request.partition(":")[0] for request in requests} == {"https", "wss"}
