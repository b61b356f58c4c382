"""Check a minisign signature with nothing of ours or of minisign's: python minisign.py PUBLIC_KEY FILE

The format is that of https://jedisct1.github.io/minisign/ ("Signature format"): FILE.minisig holds the signature of the
BLAKE2b-512 of FILE, and one of that signature and the trusted comment, which is printed.
"""

from __future__ import annotations

import base64
import hashlib
import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def main(public: str, file: str) -> None:
    key = base64.b64decode(public)
    _, signature, comment, of_all = Path(f"{file}.minisig").read_text().splitlines()
    signed = base64.b64decode(signature)
    if (key[:2], signed[:2], signed[2:10]) != (b"Ed", b"ED", key[2:10]):
        sys.exit("the signature is of another algorithm or by another key")
    ed25519 = Ed25519PublicKey.from_public_bytes(key[10:])
    ed25519.verify(signed[10:], hashlib.blake2b(Path(file).read_bytes()).digest())
    comment = comment.removeprefix("trusted comment: ")
    ed25519.verify(base64.b64decode(of_all), signed[10:] + comment.encode())
    print(comment)


if __name__ == "__main__":
    main(*sys.argv[1:])
