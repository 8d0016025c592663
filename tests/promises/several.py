"""What connectors promise whose items come several at a time, one after another, or once more in other words."""

from __future__ import annotations

from dataclasses import replace

from tests.promises.way import Item, Way


class Batches:
    """Several items in one delivery."""

    async def test_every_message_of_a_batch(self, way: Way) -> None:
        """All of them are held, in their order; the same batch again adds nothing."""
        items = [Item(str(number), f"Thing {number}.") for number in range(5)]
        assert await way.batch(items) == "held"
        assert await way.batch(items) == "held"
        texts = [held.message.text for held in way.door.held.values()]
        assert len(texts) == 5
        assert all(item.text in text for item, text in zip(items, texts, strict=True))

    async def test_a_batch_of_which_one_cannot_be_held(self, way: Way) -> None:
        """Then the batch is not confirmed; when it comes again nothing is missing and nothing double."""
        items = [Item(str(number), f"Thing {number}.") for number in range(5)]
        way.door.full_after = 3
        assert await way.batch(items) == "again"
        way.door.full_after = None
        assert await way.batch(items) == "held"
        assert len(way.door.held) == 5


class Edits:
    """The source tells of edits."""

    async def test_an_edit_is_a_revision(self, way: Way) -> None:
        """The edited text is held beside the first, under its own id, and names the first one's id."""
        item = Item()
        assert await way.deliver(item) == "held"
        (first,) = way.door.held.values()
        assert await way.edit(item, "It is quite broken.") == "held"
        second = list(way.door.held.values())[-1]
        assert second.id != first.id
        assert second.message.revision_of == first.id
        assert "quite broken" in second.message.text
        assert "quite" not in first.message.text


class Orders:
    """Conversations."""

    async def test_one_conversation_stays_in_order(self, way: Way) -> None:
        """Lines of a conversation arrive as they were written and name it; another's lines name another."""
        items = [Item(str(number), f"Line {number}.") for number in range(5)]
        for item in items:
            assert await way.deliver(item) == "held"
        assert await way.deliver(replace(Item("other"), conversation="b")) == "held"
        messages = [held.message for held in way.door.held.values()]
        assert all(item.text in message.text for item, message in zip(items, messages, strict=False))
        told = [message.thread.conversation for message in messages]
        assert len(set(told[:5])) == 1
        assert told[0] is not None
        assert told[5] not in {None, told[0]}
