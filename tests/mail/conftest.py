"""What the mail tests share."""

from __future__ import annotations

import pytest

from tests.mail import tls


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tls.Certificate:
    """A certificate for 127.0.0.1."""
    return tls.make(tmp_path_factory.mktemp("tls"))
