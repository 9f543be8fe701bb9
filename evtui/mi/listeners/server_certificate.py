"""The certificate of a listener for HTTPS, and its key: checked at the start, read again when the files change."""

import logging
import ssl
from pathlib import Path
from typing import Final

from evtui.core.errors import EvtuiError

_log = logging.getLogger(__name__)

_CERTIFICATE: Final = b"-----BEGIN CERTIFICATE-----"
_MOST_BYTES: Final = 1 << 20
_KEY_END: Final = b" PRIVATE KEY-----"


class CertificateError(EvtuiError):
    """A certificate or its key cannot be used; the text names the file and says why."""


class ServerCertificate:
    """Gives the TLS context of each new connection: TLS 1.2 at least, HTTP/1.1."""

    def __init__(self, certificate: Path, key: Path | None) -> None:
        """Without `key` the file of the certificate has it too. Blocks.

        raises CertificateError.
        """
        self._certificate = certificate
        self._key = key or certificate
        self._stamp = self._stamps()
        self._context = _context(self._certificate, self._key)

    def context(self) -> ssl.SSLContext:
        """Return the context of the files as they are now; if they cannot be used, that of before."""
        stamp = self._stamps()
        if stamp != self._stamp:
            self._stamp = stamp
            try:
                self._context = _context(self._certificate, self._key)
                _log.info("the certificate %s was read again", self._certificate)
            except CertificateError as error:
                _log.error("%s: the certificate of before is used", error)
        return self._context

    def _stamps(self) -> tuple[object, ...]:
        return tuple(_stamp(path) for path in (self._certificate, self._key))


def _stamp(path: Path) -> object:
    try:
        found = path.stat()
    except OSError as error:
        return error.errno
    return found.st_mtime_ns, found.st_size, found.st_ino


def _context(certificate: Path, key: Path) -> ssl.SSLContext:
    if _CERTIFICATE not in _read(certificate, "certificate"):
        raise CertificateError(f"certificate {certificate}: it has no certificate in PEM")
    if _KEY_END not in _read(key, "certificate's key"):
        raise CertificateError(f"certificate's key {key}: it has no private key in PEM")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.load_cert_chain(certificate, key, password=lambda: _refuse_passphrase(key))
    except ssl.SSLError as error:
        raise CertificateError(_why(certificate, key, error)) from error
    return context


def _refuse_passphrase(key: Path) -> str:
    raise CertificateError(f"certificate's key {key}: it is encrypted, and evtui asks for no passphrase")


def _why(certificate: Path, key: Path, error: ssl.SSLError) -> str:
    if error.reason == "KEY_VALUES_MISMATCH":
        return f"certificate's key {key}: it is the key of another certificate than {certificate}"
    return f"certificate {certificate} with key {key}: they cannot be read ({error.reason or error})"


def _read(path: Path, what: str) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_MOST_BYTES)
    except OSError as error:
        raise CertificateError(f"{what} {path}: {error.strerror or error}") from error
