"""multipart/form-data (RFC 7578), read as it comes in, holding no more than the limits allow.

Starlette's own reader gives up the whole form for one file that is too large; this one drops only the file. A body that
breaks its grammar leaves what was whole until then, and `broken` says so. The parser itself bounds heads (4 KiB).

What all bodies hold together while they come in is bounded too (`AT_ONCE`), however many come and however slowly: a
file behind that is dropped like one that is too large, and the words are taken. So it is used in a `with`.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import ClassVar, Self

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.exceptions import HTTPException

from connectors.browser.files import Upload, UploadLimits

AT_ONCE = 512 * 1024 * 1024
"""Bytes of files that one process holds while their bodies come in."""
_PARTS = 500


class Multipart:
    """Feed it the body; then `values` holds the typed answers in order and `uploads` the files."""

    held: ClassVar[int] = 0
    """By all that are being read."""

    def __init__(self, content_type: str, limits: UploadLimits, text_bytes: int) -> None:
        """HTTPException 400 when the header names no boundary that can be one."""
        _, options = parse_options_header(content_type)
        boundary = options.get(b"boundary")
        if not boundary:
            raise HTTPException(HTTPStatus.BAD_REQUEST)
        self.values: list[tuple[str, str]] = []
        self.uploads: list[Upload] = []
        self._limits = limits
        self._text_left = text_bytes
        self._files_left = limits.total_bytes
        self.broken = False
        self._parts = 0
        self._mine = 0
        self._begin()
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._begin,
                    "on_header_field": self._header_field,
                    "on_header_value": self._header_value,
                    "on_header_end": self._header_end,
                    "on_part_data": self._data,
                    "on_part_end": self._end,
                },
            )
        except FormParserError:
            raise HTTPException(HTTPStatus.BAD_REQUEST) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._count(-self._mine)

    def feed(self, chunk: bytes) -> None:
        """The next bytes of the body. HTTPException 413 when there is too much text, or too many parts."""
        if self.broken or not chunk:
            return
        try:
            self._parser.write(chunk)
        except FormParserError:
            self.broken = True

    def _begin(self) -> None:
        self._parts += 1
        if self._parts > _PARTS:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        self._field, self._value = b"", b""
        self._headers: dict[bytes, bytes] = {}
        self._content = bytearray()
        self._size = 0
        self._kept = True
        self._name: str | None = None
        self._filename: str | None = None

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        if self._field.lower() == b"content-disposition":
            _, options = parse_options_header(self._value)
            self._name = options.get(b"name", b"").decode("utf-8", "replace")
            if b"filename" in options:
                self._filename = options[b"filename"].decode("utf-8", "replace")
        self._field, self._value = b"", b""

    def _data(self, data: bytes, start: int, end: int) -> None:
        self._size += end - start
        if self._filename is None:
            self._text_left -= end - start
            if self._text_left < 0:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            self._content += data[start:end]
        elif self._kept and self._size <= min(self._limits.file_bytes, self._files_left, self._room()):
            self._count(end - start)
            self._content += data[start:end]
        else:
            self._kept = False
            self._count(-len(self._content))
            self._content.clear()

    def _room(self) -> int:
        """Bytes that this file may have, for all that the others hold."""
        return AT_ONCE - Multipart.held + len(self._content)

    def _count(self, more: int) -> None:
        Multipart.held += more
        self._mine += more

    def _end(self) -> None:
        if self._filename is None:
            self.values.append((self._name or "", self._content.decode("utf-8", "replace")))
        elif self._filename or self._size:  # a browser sends an empty part where no file was chosen
            content = bytes(self._content) if self._kept else None
            self._files_left -= len(content or b"")
            self.uploads.append(Upload(self._filename, self._size, content))
