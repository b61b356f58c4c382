"""Sign what lies at an address as minisign does, with nothing of ours: python minisign_sign.py SECRET_KEY_FILE URL

The secret key is not encrypted ("Secret key format" of https://jedisct1.github.io/minisign/): the algorithms (6 bytes),
salt (32), limits (16), then key id (8), seed (32) and public key (32). The signature is printed. Its trusted comment
is that of minisign, which names no release.
"""

from __future__ import annotations

import base64
import hashlib
import sys
import urllib.request
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


def main(file: str, url: str) -> None:
    key = base64.b64decode(Path(file).read_text().splitlines()[1])[6 + 32 + 16 :]
    identity, ed25519 = key[:8], Ed25519PrivateKey.from_private_bytes(key[8:40])
    with urllib.request.urlopen(url) as answer:
        signature = ed25519.sign(hashlib.blake2b(answer.read()).digest())
    comment = "timestamp:1700000000\tfile:SHA256SUMS\thashed"
    of_all = base64.b64encode(ed25519.sign(signature + comment.encode())).decode()
    signed = base64.b64encode(b"ED" + identity + signature).decode()
    print(f"untrusted comment: a signature\n{signed}\ntrusted comment: {comment}\n{of_all}")


if __name__ == "__main__":
    main(*sys.argv[1:])
