"""What every test may use; the real servers come from tests/services."""

pytest_plugins = ["pytester", "tests.services.plugin"]
