"""Which flags of a run differ from the defaults of its script."""

from amnat.command_text import TOOLS
from amnat.report.flag_changes import Question, own_script

import folders


def test_the_script_is_asked_about_several_runs(tmp_path):
    first = folders.write_run(tmp_path / "1", seed=3, flags={"bAMGAN": "false", "gone": "1"})
    second = folders.write_run(tmp_path / "2", seed=0)
    question = Question("tools/am_gan.py", [first.flags_file, second.flags_file])
    one, other = question.answers()
    assert one["title"] == "GAN" and one["place"] == "sResultDir"
    assert one["unknown"] == ["gone"]
    shared = {
        "iMaxIter": ["300", "1000000"],
        "sDataSet": ["digits", "cifar10"],
        "sResultTag": ["am_gan", "test_v0"],
    }
    assert one["changed"] == shared | {"bAMGAN": ["false", "true"], "seed": ["3", "0"]}
    # Nothing of the first run is left.
    assert other["title"] == "AM-GAN" and other["changed"] == shared


def test_only_scripts_of_this_checkout_are_imported(tmp_path):
    (tmp_path / "am_gan.py").write_text("raise SystemExit('never executed')\n")
    assert own_script(str(tmp_path / "am_gan.py")) is None
    assert own_script("tools/../../am_gan.py") is None and own_script("tools/none.py") is None
    assert own_script(None) is None
    assert own_script("tools/am_gan.py") == own_script(str(TOOLS / "am_gan.py"))
    run = folders.write_run(tmp_path / "run")
    assert Question(str(tmp_path / "am_gan.py"), [run.flags_file]).answers() == [None]


def test_a_tool_that_trains_nothing_has_no_answer(tmp_path):
    run = folders.write_run(tmp_path / "run")
    assert Question("tools/evaluate.py", [run.flags_file]).answers() == [None]
