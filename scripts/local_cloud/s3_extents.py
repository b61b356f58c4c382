"""S3 objects of disk size: their content stays in files, copies share it, downloads stream it.

moto holds an object's content as bytes whenever it touches it: a disk of 8 GiB would be in memory
several times over. An object whose content is an `Extents` is read in pieces; CopyObject, UploadPartCopy
and the completion of a multipart upload of such parts move no byte. The size limits of the service's
copies are kept, because a tool that forgets them fails only with large disks. Tried with moto 5.2.5.
"""

from __future__ import annotations

import base64
import hashlib
import io
import os
import tempfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from moto.s3 import responses as s3_responses
from moto.s3 import utils as s3_utils
from moto.s3.exceptions import EntityTooSmall, InvalidPart, MalformedXML, S3ClientError
from moto.s3.models import FakeKey, FakeMultipart, S3Backend
from moto.settings import S3_UPLOAD_PART_MIN_SIZE

# Large enough that the cost of a read and a write is small, small enough that other requests get their turn.
PIECE = 1024 * 1024
# "Maximum object size 5 GB for a single copy" (Amazon S3 API Reference, CopyObject, UploadPartCopy).
LARGEST_COPY = 5 * 1024**3


class StoredFile:
    """A file without a name: it is gone with the last object that uses it, or with the process."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def __del__(self) -> None:
        os.close(self.descriptor)


class Extents:
    """Immutable content made of pieces of files: (file, offset, length)."""

    def __init__(self, pieces: tuple[tuple[StoredFile, int, int], ...]) -> None:
        self.pieces = pieces

    @classmethod
    def take(cls, path: Path) -> Extents:
        """The content of a file, whose name is removed. Holes stay holes."""
        descriptor = os.open(path, os.O_RDONLY)
        path.unlink()
        return cls(((StoredFile(descriptor), 0, os.fstat(descriptor).st_size),))

    @classmethod
    def of(cls, content: Extents | bytes) -> Extents:
        if isinstance(content, Extents):
            return content
        with tempfile.TemporaryFile() as file:
            file.write(content)
            file.flush()
            return cls(((StoredFile(os.dup(file.fileno())), 0, len(content)),))

    @classmethod
    def joined(cls, parts: list[Extents]) -> Extents:
        return cls(tuple(piece for part in parts for piece in part.pieces))

    def identity(self) -> str:
        """As long as an MD5 digest, equal for equal pieces, and made without reading them."""
        places = []
        for file, offset, length in self.pieces:
            status = os.fstat(file.descriptor)
            places.append((status.st_dev, status.st_ino, status.st_mtime_ns, offset, length))
        return hashlib.md5(repr(places).encode(), usedforsecurity=False).hexdigest()

    def __len__(self) -> int:
        return sum(length for _, _, length in self.pieces)

    def __getitem__(self, wanted: slice) -> Extents:
        start, stop, _ = wanted.indices(len(self))
        pieces, position = [], 0
        for file, offset, length in self.pieces:
            first, last = max(start - position, 0), min(stop - position, length)
            if first < last:
                pieces.append((file, offset + first, last - first))
            position += length
        return Extents(tuple(pieces))

    def __iter__(self) -> Iterator[bytes]:
        for file, offset, length in self.pieces:
            while length:
                data = os.pread(file.descriptor, min(length, PIECE), offset)
                if not data:
                    raise OSError("the file of an S3 object was cut short")
                yield data
                offset, length = offset + len(data), length - len(data)


class ExtentsBuffer(io.RawIOBase):
    """What moto keeps an object's content in, for one whose content is an `Extents`."""

    def __init__(self, content: Extents) -> None:
        self.content = content
        self._position = 0

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        if whence != os.SEEK_SET:
            raise io.UnsupportedOperation("seek from elsewhere than the start")
        self._position = offset
        return offset

    def read(self, size: int = -1) -> bytes:
        end = len(self.content) if size < 0 else self._position + size
        data = b"".join(self.content[self._position : end])
        self._position += len(data)
        return data

    def close(self) -> None:
        self.content = Extents(())
        super().close()


def install() -> None:
    """Teaches moto's S3 to keep, serve and copy such objects."""
    _patch_value()
    _patch_multipart_completion()
    _patch_copies()
    _patch_checksum()


def _patch_value() -> None:
    get, put = FakeKey.value.fget, FakeKey.value.fset  # type: ignore[attr-defined]

    def value(self: FakeKey) -> bytes | Extents:
        buffer = self._value_buffer
        return buffer.content if isinstance(buffer, ExtentsBuffer) else get(self)

    def set_value(self: FakeKey, new: bytes | Extents) -> None:
        if isinstance(new, Extents):
            self._value_buffer.close()
            self._value_buffer = ExtentsBuffer(new)
            self.contentsize = len(new)
            return
        if isinstance(self._value_buffer, ExtentsBuffer):
            self._value_buffer = tempfile.SpooledTemporaryFile(self._max_buffer_size)  # noqa: SIM115, the key closes it
        put(self, new)

    FakeKey.value = property(value, set_value)  # type: ignore[assignment]


def _patch_multipart_completion() -> None:
    complete_in_memory = FakeMultipart.complete

    def complete(self: FakeMultipart, body: Iterator[tuple[int, str]]) -> tuple[Any, str, Any]:
        if not any(isinstance(part.value, Extents) for part in self.parts.values()):
            return complete_in_memory(self, body)
        chosen: list[FakeKey] = []
        for number, etag in body:
            part = self.parts.get(number)
            if part is None or part.etag.strip('"') != etag.strip('"'):
                raise InvalidPart()
            if chosen and chosen[-1].contentsize < S3_UPLOAD_PART_MIN_SIZE:
                raise EntityTooSmall()
            chosen.append(part)
        if not chosen:
            raise MalformedXML
        etags = b"".join(bytes.fromhex(part.etag.strip('"')) for part in chosen)
        etag = f"{hashlib.md5(etags, usedforsecurity=False).hexdigest()}-{len(chosen)}"
        return Extents.joined([Extents.of(part.value) for part in chosen]), etag, None

    FakeMultipart.complete = complete  # type: ignore[method-assign]


def _patch_copies() -> None:
    copy_object, upload_part_copy = S3Backend.copy_object, S3Backend.upload_part_copy

    def copy(self: S3Backend, src_key: FakeKey, *args: Any, **options: Any) -> None:
        _refuse_above_limit(src_key.size)
        copy_object(self, src_key, *args, **options)

    def copy_part(self: S3Backend, *args: Any, **options: Any) -> FakeKey:
        if options.get("start_byte") is not None:
            _refuse_above_limit(options["end_byte"] + 1 - options["start_byte"])
        else:
            source = self.get_object(options["src_bucket_name"], options["src_key_name"], options["src_version_id"])
            _refuse_above_limit(source.size if source else 0)
        part = upload_part_copy(self, *args, **options)
        if isinstance(part.value, Extents):
            # An ETag need not be a digest of the content, and reading 8 GiB for one takes most of a minute.
            part._etag = part.value.identity()
        return part

    S3Backend.copy_object = copy  # type: ignore[method-assign]
    S3Backend.upload_part_copy = copy_part  # type: ignore[method-assign]


def _refuse_above_limit(size: int) -> None:
    if size > LARGEST_COPY:
        raise S3ClientError(
            "InvalidRequest",
            f"The specified copy source is larger than the maximum allowable size for a copy source: {LARGEST_COPY}",
        )


def _patch_checksum() -> None:
    """moto's function wants the whole content; CopyObject with a checksum algorithm calls it."""
    of_bytes = s3_utils.compute_checksum
    hashes: dict[str, Callable[[], Any]] = {"SHA1": hashlib.sha1, "SHA256": hashlib.sha256}

    def compute_checksum(body: bytes | Extents, algorithm: str, encode_base64: bool = True) -> bytes:
        if not isinstance(body, Extents):
            return of_bytes(body, algorithm, encode_base64)
        if algorithm in hashes:
            state = hashes[algorithm]()
            for data in body:
                state.update(data)
            digest = state.digest()
        elif algorithm == "CRC32":
            value = 0
            for data in body:
                value = zlib.crc32(data, value)
            digest = value.to_bytes(4, "big")
        else:
            raise S3ClientError("InvalidRequest", f"no {algorithm} checksum of an object of this size here")
        return base64.b64encode(digest) if encode_base64 else digest

    s3_responses.compute_checksum = compute_checksum
