"""The authority of this cloud's certificates, and the file by which its users trust it.

Distributions are served by TLS, as CloudFront does. `scripts/cloud env` names the file: all that was trusted before,
and this authority.
"""

from __future__ import annotations

import datetime
import functools
import ipaddress
import os
import ssl
import tempfile
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

HOST = "127.0.0.1"
# Debian's; the variable, where it is set, names another one.
_SYSTEM = "/etc/ssl/certs/ca-certificates.crt"
# No cloud outlives its machine's boot; some clients refuse certificates of more than 825 days.
_LIFE = datetime.timedelta(days=365)


def install() -> None:
    from . import running

    write(running.cloud().settings.authorities)


def write(file: Path) -> None:
    """All authorities that are trusted here, and that of this cloud."""
    trusted = Path(os.environ.get("SSL_CERT_FILE") or _SYSTEM)
    before = trusted.read_text() if trusted.is_file() else ""
    file.write_text(before.rstrip("\n") + "\n" + authority().public_bytes(serialization.Encoding.PEM).decode())


@functools.cache
def _key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _begun(subject: x509.Name, issuer: x509.Name) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder(issuer, subject, serial_number=x509.random_serial_number())
    # A clock that goes a little late must not refuse it.
    return builder.not_valid_before(now - datetime.timedelta(hours=1)).not_valid_after(now + _LIFE)


@functools.cache
def authority() -> x509.Certificate:
    name = _name(f"ail-tools local cloud {os.getpid()}")
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    made = _begun(name, name).public_key(_key().public_key())
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    return made.add_extension(usage, critical=True).sign(_key(), hashes.SHA256())


@functools.cache
def context() -> ssl.SSLContext:
    """For servers on loopback."""
    key = ec.generate_private_key(ec.SECP256R1())
    made = _begun(_name(HOST), authority().subject).public_key(key.public_key())
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))])
    made = made.add_extension(names, critical=False)
    made = made.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    certificate = made.sign(_key(), hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.NamedTemporaryFile() as file:
        file.write(private + certificate)
        file.flush()
        found.load_cert_chain(file.name)
    return found
