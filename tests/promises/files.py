"""What connectors promise whose items bring files, or links to them."""

from __future__ import annotations

from typing import ClassVar

from intake_daemon.contract import File
from tests.promises.named import Named
from tests.promises.way import Item, Way

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\0" * 64


class Files(Named):
    """Files come with the item."""

    many: ClassVar[int] = 10
    """How many one item may bring."""

    async def test_many_files(self, way: Way) -> None:
        """All files of an item are kept, whole and in order."""
        files = tuple(File(f"photo-{number}.png", "image/png", PNG + bytes([number])) for number in range(self.many))
        assert await way.deliver(Item(files=files)) == "held"
        assert [file.content for file in way.door.files()] == [file.content for file in files]


class Fetches(Files):
    """Files are fetched by their link, with limits; the complaint is held even when that fails."""

    troubles: ClassVar[tuple[str, ...]] = ("gone", "too_large", "wrong_type", "redirect", "private", "hangs", "fails")
    """`redirect`: to a foreign host, which must not be asked; `private`: the link names an inner address."""

    async def test_the_complaint_is_held_even_when_its_file_is_not(self, way: Way, what: str) -> None:
        """Whatever is wrong with the file, the words are held, and the message says that a file is missing."""
        way.trouble(what)
        assert await way.deliver(Item(files=(File("photo.png", "image/png", PNG),))) == "held"
        (held,) = way.door.held.values()
        assert "It is broken." in held.message.text
        assert not way.door.files()
        assert any(remark.startswith("file_") for remark in held.message.remarks), held.message.remarks

    async def test_a_file_is_asked_for_again(self, way: Way) -> None:
        """One failure is no reason to lose a file."""
        way.trouble("fails_once")
        assert await way.deliver(Item(files=(File("photo.png", "image/png", PNG),))) == "held"
        assert [file.content for file in way.door.files()] == [PNG]
