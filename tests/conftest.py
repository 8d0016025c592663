"""What every test may use; the real servers come from tests/services.

Generated examples are the same in every run where nobody looks (CI), so that a failure there is of the change and not
of chance; at a desk they are new each time. A slow machine is no failure, so no example has a deadline.
"""

import os

from hypothesis import settings

pytest_plugins = ["pytester", "tests.services.plugin", "tests.acceptance.table"]

settings.register_profile("desk", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "desk")
