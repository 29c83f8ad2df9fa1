"""What the tests of this folder share."""

import pytest
from absl import flags


@pytest.fixture(autouse=True)
def no_flags_are_left():
    """Flags that amnat's side defines, in a process of its own as a rule, go with the test."""
    before = set(flags.FLAGS)
    yield
    for name in set(flags.FLAGS) - before:
        delattr(flags.FLAGS, name)
