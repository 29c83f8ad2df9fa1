"""What a test leaves behind is not there in the next one, in whichever order they run."""

from amnat.training import flags as shared

import pytest
from absl import flags

FLAGS = flags.FLAGS


@pytest.mark.parametrize("turn", ["first", "second"])
def test_flags_are_restored(turn):
    """Either turn would see what the other has left."""
    name = sorted(shared.shared_flags())[0]
    assert FLAGS[name].present == 0 and FLAGS[name].value == FLAGS[name].default
    FLAGS[name].parse(str(FLAGS[name].default))
    FLAGS[name].present = 1
