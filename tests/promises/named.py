"""What every list of promises knows of the connector."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import pytest
from pydantic import ValidationError


class Named:
    """What every list knows of the connector."""

    kind: ClassVar[type[Any]]
    settings: ClassVar[Mapping[str, Any]] = {}
    """Settings with which it would start."""
    secrets: ClassVar[tuple[str, ...]] = ()
    """What of the settings is secret."""

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """A test for each row of the table, each forgery, each trouble with files."""
        for word, rows in (("row", "table"), ("how", "forgeries"), ("what", "troubles")):
            if word in metafunc.fixturenames:
                metafunc.parametrize(word, getattr(self, rows), ids=str)

    def test_an_unknown_setting_is_refused(self) -> None:
        """A key that the connector does not know stops the start; the same settings without it do not."""
        self.kind.Settings.model_validate(dict(self.settings))
        with pytest.raises(ValidationError, match="no_such_key"):
            self.kind.Settings.model_validate({**self.settings, "no_such_key": 1})

    def test_a_secret_is_not_shown(self) -> None:
        """Settings that are printed, in a traceback say, keep their secrets to themselves."""
        shown = repr(self.kind.Settings.model_validate(dict(self.settings)))
        assert not [secret for secret in self.secrets if secret in shown]
