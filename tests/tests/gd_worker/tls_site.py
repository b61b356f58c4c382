"""Sites that serve one image by TLS, with certificates of a private authority: tls_site.py DIRECTORY IMAGE

Writes ca.pem and, once all sites listen, ports.json into the directory, and serves until it is ended.
"""

import datetime
import ipaddress
import json
import ssl
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

directory, image = Path(sys.argv[1]), Path(sys.argv[2]).read_bytes()
now, day = datetime.datetime.now(datetime.UTC), datetime.timedelta(days=1)
HERE = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
AUTHORITY = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "An authority of our own")])


def certificate(name, key, names=(), ended=False):
    begins, ends = (now - 3 * day, now - 2 * day) if ended else (now - day, now + day)
    made = x509.CertificateBuilder(issuer_name=AUTHORITY, subject_name=name, public_key=key.public_key())
    made = made.serial_number(x509.random_serial_number()).not_valid_before(begins).not_valid_after(ends)
    made = made.add_extension(x509.BasicConstraints(ca=not names, path_length=None), critical=True)
    if names:
        made = made.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return made.sign(authority, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


class Site(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", str(len(image)))
        self.end_headers()
        self.wfile.write(image)


def serve(role, names, ended=False):
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, role)])
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem = directory / f"{role}.pem"
    pem.write_bytes(private + certificate(subject, key, names, ended))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    # In the thread of the connection, so that one that is refused stops no other.
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever).start()
    return server.server_port


authority = ec.generate_private_key(ec.SECP256R1())
(directory / "ca.pem").write_bytes(certificate(AUTHORITY, authority))
ports = {
    "right": serve("right", [HERE]),
    "elsewhere": serve("elsewhere", [x509.DNSName("elsewhere.test")]),
    "ended": serve("ended", [HERE], ended=True),
}
(directory / "ports.json").write_text(json.dumps(ports))
print("serving", file=sys.stderr, flush=True)
