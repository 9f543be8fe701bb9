"""Certificates for a day: one authority, a server, a client, and an authority that no client trusts."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


class TlsFiles:
    """PEM files in a directory. The server's certificate is for `localhost` and 127.0.0.1, or for another name."""

    def __init__(
        self,
        folder: Path,
        *,
        name: str = "localhost",
        address: str | None = "127.0.0.1",
        ends: timedelta = timedelta(days=1),
    ) -> None:
        """`ends` is how long the certificates of server and client are valid from now on."""
        self._folder = folder
        self.ca = folder / "ca.pem"
        self.other_ca = folder / "other_ca.pem"
        self.server, self.server_key = folder / "server.pem", folder / "server.key"
        self.client, self.client_key = folder / "client.pem", folder / "client.key"
        key = ec.generate_private_key(ec.SECP256R1())
        names: list[x509.GeneralName] = [x509.DNSName(name)]
        if address is not None:
            names.append(x509.IPAddress(ip_address(address)))
        authority = _certificate("evtui test authority", key, None)
        _write(self.ca, authority)
        _write(self.other_ca, _certificate("nobody's authority", ec.generate_private_key(ec.SECP256R1()), None))
        for subject, where, private, alternatives in (
            (name, self.server, self.server_key, names),
            ("evtui client", self.client, self.client_key, ()),
        ):
            own = ec.generate_private_key(ec.SECP256R1())
            _write(where, _certificate(subject, own, (authority, key), alternatives, ends))
            private.write_bytes(own.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def _certificate(
    subject: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: tuple[x509.Certificate, ec.EllipticCurvePrivateKey] | None,
    names: Sequence[x509.GeneralName] = (),
    ends: timedelta = timedelta(days=1),
) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer[0].subject if issuer else name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + ends)
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(issuer[1] if issuer else key, SHA256())


def _write(path: Path, certificate: x509.Certificate) -> None:
    path.write_bytes(certificate.public_bytes(Encoding.PEM))
