"""What every type of event is made of."""

from __future__ import annotations

from typing import ClassVar

from intake_daemon.message import Value


class Fact(Value):
    """The data of one type of event. `type_` is its public name, the routing key is `<brand>.<type_>`."""

    type_: ClassVar[str]
