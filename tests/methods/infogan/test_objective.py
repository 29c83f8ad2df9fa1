"""Objectives by name, and of the user's own."""

import types

from amnat.errors import InputError
from amnat.methods.infogan.objective import (
    AdversarialObjective,
    check_objective,
    named_objective,
)

import pytest

KNOWN = {"adversarial": AdversarialObjective}
MODULE = """
class Good:
    log_names = ("loss_gen_good",)
    def __call__(self, step):
        return step.adversarial_loss, {}

class Silent:
    def __call__(self, step):
        return step.adversarial_loss, {}
"""


@pytest.fixture
def module(tmp_path, monkeypatch):
    (tmp_path / "own_goal.py").write_text(MODULE)
    (tmp_path / "broken_goal.py").write_text("import no_such_module")
    monkeypatch.syspath_prepend(str(tmp_path))


def test_the_adversarial_loss_alone():
    objective = named_objective("adversarial", KNOWN)
    step = types.SimpleNamespace(adversarial_loss=3.0)
    assert (objective(step), objective.log_names) == ((3.0, {}), ())


def test_one_of_ones_own(module):
    check_objective("own_goal:Good", tuple(KNOWN))
    assert named_objective("own_goal:Good", KNOWN).log_names == ("loss_gen_good",)


@pytest.mark.parametrize("text, message", [
    ("cycle", "--objective=cycle: expected adversarial or MODULE:CLASS"),
    ("own goal:Good", "expected adversarial or MODULE:CLASS"),
    ("own_goal:", "expected adversarial or MODULE:CLASS"),
    ("no_goal:Good", "there is no module no_goal on Python's path"),
    ("no_goal.at_all:Good", "no_goal.at_all cannot be imported"),
])  # fmt: skip
def test_names_that_are_refused_before_training(module, text, message):
    with pytest.raises(InputError, match=message):
        check_objective(text, tuple(KNOWN))


@pytest.mark.parametrize("text, message", [
    ("own_goal:Better", "own_goal has no class Better"),
    ("own_goal:Silent", "expected a class whose objects are called with a step and have log_name"),
    ("broken_goal:Good", "broken_goal cannot be imported"),
])  # fmt: skip
def test_modules_that_have_none(module, text, message):
    check_objective(text, tuple(KNOWN))
    with pytest.raises(InputError, match=message):
        named_objective(text, KNOWN)
