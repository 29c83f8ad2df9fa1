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

class OneName(Good):
    log_names = "loss_gen_good"

class Needy(Good):
    def __init__(self, weight):
        self.weight = weight

class Raising(Good):
    def __init__(self):
        raise KeyError("weight")
"""
BROKEN = {
    "broken_goal": "import no_such_module",
    "unfinished_goal": "class Good(:\n    pass\n",
    "raising_goal": "def weight():\n    return 1 / 0\n\n\nWEIGHT = weight()\n",
    # A library raises it.
    "calling_goal": "import json\nWEIGHT = json.loads('{')\n",
}


@pytest.fixture
def module(tmp_path, monkeypatch):
    (tmp_path / "own_goal.py").write_text(MODULE)
    for name, text in BROKEN.items():
        (tmp_path / f"{name}.py").write_text(text)
    (tmp_path / "raising_package").mkdir()
    (tmp_path / "raising_package" / "__init__.py").write_text("raise RuntimeError('two\\nlines')")
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
    ("raising_package.goal:Good", r"imported \(.*__init__.py, line 1: RuntimeError: two lines\)"),
])  # fmt: skip
def test_names_that_are_refused_before_training(module, text, message):
    with pytest.raises(InputError, match=message):
        check_objective(text, tuple(KNOWN))


@pytest.mark.parametrize("text, message", [
    ("own_goal:Better", "own_goal has no class Better"),
    ("own_goal:Silent", "expected a class whose objects are called with a step and have log_name"),
    ("own_goal:OneName", "log_names, a list of texts"),
    ("own_goal:Needy", r"Needy\(\) fails \(TypeError: .*'weight'\); expected a class that"),
    ("own_goal:Raising", r"fails \(.*own_goal.py, line 20: KeyError: 'weight'\); expected a class"),
    ("broken_goal:Good", r"broken_goal cannot be imported \(.*broken_goal.py, line 1: ModuleNot"),
    ("unfinished_goal:Good", r"imported \(.*unfinished_goal.py, line 1: SyntaxError: invalid"),
    ("raising_goal:Good", r"\(.*raising_goal.py, line 2: ZeroDivisionError: division by zero\)"),
    ("calling_goal:Good", r"\(.*calling_goal.py, line 2: JSONDecodeError: Expecting"),
])  # fmt: skip
def test_modules_that_have_none(module, text, message):
    check_objective(text, tuple(KNOWN))
    with pytest.raises(InputError, match=f"^--objective={text}: .*{message}") as error:
        named_objective(text, KNOWN)
    assert "\n" not in str(error.value)
