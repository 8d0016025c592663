"""What every test may use; the real servers come from tests/services.

Generated examples are fewer where nobody looks (CI), and the same in every run, so that a failure there is of the
change and not of chance; at a desk they are new each time. A slow machine is no failure: no example has a deadline.

What all configurations and databases have in common is made once (tests/services/once.py).
"""

import os

from hypothesis import settings

from tests.services.once import clients_once, commands_once, load_once, schema_once

pytest_plugins = ["pytester", "tests.services.plugin", "tests.acceptance.table"]

settings.register_profile("desk", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, max_examples=40)
settings.load_profile("ci" if os.environ.get("CI") else "desk")
load_once()
schema_once()
clients_once()
commands_once()
