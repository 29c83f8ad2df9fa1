"""Declarations of flags: bounds, conditions, and that every script's flags have one."""

import pathlib

from amnat.errors import InputError
from amnat.training import declarations
from amnat.training import flags as shared
from amnat.training.declarations import Condition
from amnat.training.main import Script

import pytest
from absl import flags
from absl.testing import flagsaver
from script_runs import ROOT, loaded_script

FLAGS = flags.FLAGS
# The tools without a run of their own have no flags that a run could fix.
SCRIPTS = sorted(
    path.name
    for path in (ROOT / "tools").glob("*.py")
    if "import run\n" in path.read_text() and not path.is_symlink()
)


class Example(Script):
    def define_flags(self):
        define = declarations
        define.define_boolean("ex_on", False, "On.", fixed=False)
        define.define_enum("ex_kind", "a", ["a", "b", "c"], "Kind.", fixed=True)
        define.define_float("ex_rate", 0.5, "Rate.", fixed=False, more_than=0, at_most=1)
        define.define_integer(
            "ex_size", 2, "Size.", fixed=True, at_least=1, only_with=("ex_kind=b|c", "ex_on")
        )
        define.define_float(
            "ex_weight", None, "Weight.", fixed=True, at_least=0, only_with="!ex_on"
        )
        define.define_list("ex_names", [], "Names.", fixed=False, only_with="ex_rate>0.7")
        define.define_string("ex_old", "", "Old.", fixed=False, no_effect="it names a window")


@pytest.fixture
def example():
    script = Example()
    with flagsaver.flagsaver():
        script.declare("example.py")
        FLAGS.mark_as_parsed()
        try:
            yield script
        finally:
            for name in script.flag_names:
                delattr(FLAGS, name)
            FLAGS.key_flags_by_module_dict().pop("example.py")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--ex_rate=0", "--ex_rate=0.0: expected a number of more than 0 and at most 1"),
        ("--ex_rate=nan", "--ex_rate=nan: expected a number of more than 0 and at most 1"),
        ("--ex_size=0", "--ex_size=0: expected at least 1"),
    ],
)
def test_out_of_bounds(example, words, message):
    FLAGS(["example.py", *words.split()])
    with pytest.raises(InputError) as error:
        example.check()
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("words", "flag", "other", "needs"),
    [
        ("--ex_size=3", "--ex_size=3", "--ex_kind=a", "--ex_kind=b or c"),
        ("--ex_size=3 --ex_kind=b", "--ex_size=3", "--noex_on", "--ex_on"),
        ("--ex_weight=1 --ex_on", "--ex_weight=1.0", "--ex_on", "no --ex_on"),
        ("--ex_names=x,y", "--ex_names=x,y", "--ex_rate=0.5", "--ex_rate above 0.7"),
    ],
)
def test_a_flag_that_would_change_nothing(example, words, flag, other, needs):
    FLAGS(["example.py", *words.split()])
    with pytest.raises(InputError) as error:
        example.check()
    assert str(error.value) == f"{flag}: changes nothing with {other}; it needs {needs}"


@pytest.mark.parametrize(
    "words",
    [
        "",
        "--ex_size=2",
        "--ex_size=3 --ex_kind=c --ex_on",
        "--ex_weight=0",
        "--ex_names=x --ex_rate=0.8",
    ],
)
def test_accepted(example, words):
    FLAGS(["example.py", *words.split()])
    example.check()


def test_a_flag_without_effect_is_noted(example, capsys):
    FLAGS(["example.py", "--ex_old=w"])
    example.check()
    assert capsys.readouterr().err == "note: --ex_old=w has no effect: it names a window\n"


def test_flags_belong_to_the_file_that_defines_them(example):
    assert FLAGS.find_module_defining_flag("ex_on") == __name__
    key = {flag.name for flag in FLAGS.get_key_flags_for_module("example.py")}
    assert key == set(example.flag_names)


def test_fixed_has_to_be_said():
    with pytest.raises(TypeError, match="fixed"):
        declarations.define_string("ex_unsaid", "", "Unsaid.")
    delattr(FLAGS, "ex_unsaid")


@pytest.mark.parametrize("text", ["a b", "!a=b", "", "a<3"])
def test_a_condition_that_cannot_be_read(text):
    with pytest.raises(ValueError, match="not a condition"):
        Condition.parse(text)


@pytest.mark.parametrize(
    ("text", "value", "holds"),
    [("a", None, False), ("!a", None, True), ("a>0", None, False), ("a>0", 1, True)]
    + [("a=x", None, False), ("a!=x", None, True)],
)
def test_a_condition_on_a_flag_without_a_value(text, value, holds):
    assert Condition.parse(text).holds(value) is holds


@pytest.mark.parametrize("name", SCRIPTS)
def test_every_flag_of_a_script_is_declared_fixed_or_free(name):
    with loaded_script(name) as script:
        assert script.flag_names
        for flag in script.flag_names:
            found = declarations.declaration(flag)
            assert found is not None, f"{name}: --{flag} is defined without a declaration"
            assert found.fixed in (True, False)
            for condition in found.only_with:
                # Names a flag of the script, or what it knows by another way.
                script.effective(condition.name)


def test_learning_rates_may_change_and_what_a_run_depends_on_may_not():
    alike = {
        False: {"lr", "b1", "b2", "beta1", "beta2", "fLrIni", "fBeta1", "fBeta2", "fLrIniG"},
        True: {"seed", "ema_decay", "clip_norm", "sync_batch_norm", "mixed_precision"},
    }
    seen = set()
    for name in SCRIPTS:
        with loaded_script(name) as script:
            for fixed, names in alike.items():
                for flag in names & set(script.flag_names):
                    seen.add(flag)
                    assert declarations.declaration(flag).fixed is fixed, f"{name}: --{flag}"
    assert seen == alike[False] | alike[True]


def test_no_help_text_begins_with_of():
    for path in sorted([*(ROOT / "amnat").rglob("*.py"), *(ROOT / "tools").glob("*.py")]):
        assert '    "Of ' not in path.read_text(), pathlib.Path(path)


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("--clip_norm=-1", "--clip_norm=-1.0: expected a number of at least 0"),
        ("--ema_decay=1", "--ema_decay=1.0: expected a number of at least 0 and less than 1"),
        ("--save_every=0", "--save_every=0: expected at least 1"),
    ],
)
def test_shared_flags_have_bounds(word, message):
    with flagsaver.flagsaver():
        FLAGS(["script", word])
        with pytest.raises(InputError) as error:
            declarations.check(shared.shared_flags(), lambda name: FLAGS[name].value)
    assert str(error.value) == message
