"""What 'auto' of --jit_compile and --steps_per_execution stands for, and XLA's settings."""

import os
import sys

from amnat.errors import InputError
from amnat.training import declarations, gpu, xla
from amnat.training import flags as shared

import pytest
import tensorflow as tf
from absl import flags
from absl.testing import flagsaver
from script_runs import call_script, loaded_script

FLAGS = flags.FLAGS


@pytest.fixture(autouse=True)
def flag_values(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["script"])
    with flagsaver.flagsaver():
        yield


def given(*words):
    for name in ("jit_compile", "steps_per_execution", "deterministic"):
        FLAGS[name].unparse()
    FLAGS(["script", *words])


def settled():
    return FLAGS.jit_compile, FLAGS.steps_per_execution


INTERVALS = (100, 1000, 0, 500, 0)


@pytest.mark.parametrize(
    ("words", "on_gpu", "small", "expected"),
    [
        ((), True, False, (True, 50)),
        ((), False, False, (False, 1)),
        ((), False, True, (False, 50)),
        (("--jit_compile=auto", "--steps_per_execution=auto"), True, False, (True, 50)),
        (("--nojit_compile",), True, False, (False, 50)),
        (("--jit_compile=false", "--steps_per_execution=3"), True, True, (False, 3)),
        (("--jit_compile",), False, False, (True, 1)),
        (("--jit_compile=true", "--steps_per_execution=7"), False, False, (True, 7)),
        (("--deterministic",), True, False, (False, 50)),
        (("--deterministic", "--jit_compile"), True, False, (True, 50)),
    ],
)
def test_auto_follows_the_device(words, on_gpu, small, expected):
    given(*words)
    assert xla.settle(on_gpu, small, INTERVALS) == ""
    assert settled() == expected
    assert (xla.compiles(), xla.steps()) == expected


@pytest.mark.parametrize(
    ("intervals", "most"),
    [
        ((100, 1000), 50),
        ((40, 60), 20),
        ((7,), 7),
        ((53,), 1),
        ((200, 0, 106), 2),
        ((), 50),
        ((96, 480), 48),
    ],
)
def test_calls_end_at_all_intervals(intervals, most):
    assert xla.most_steps(intervals) == most


def test_auto_falls_back_and_says_why():
    given()
    note = xla.settle(True, False, INTERVALS, "it sums over devices")
    assert note == "not compiled with XLA: it sums over devices"
    assert settled() == (False, 50)


def test_resumed_run_keeps_what_it_had():
    given()
    xla.keep_recorded({"jit_compile": "true", "steps_per_execution": "25"})
    assert settled() == (True, 25)
    given("--nojit_compile")
    xla.keep_recorded({"jit_compile": "true"})
    assert settled() == (False, 1)


@pytest.mark.parametrize("word", ["--jit_compile", "--nojit_compile", "--jit_compile=auto"])
def test_flags_are_written_as_they_were_before(word):
    given(word)
    assert FLAGS["jit_compile"].serialize() == word
    assert FLAGS["steps_per_execution"].serialize() == "--steps_per_execution=auto"


@pytest.mark.parametrize("word", ["--jit_compile=maybe", "--steps_per_execution=many"])
def test_other_words_are_refused(word):
    with pytest.raises(flags.IllegalFlagValueError):
        given(word)


def test_steps_have_bounds():
    given("--steps_per_execution=0")
    with pytest.raises(InputError, match="expected at least 1"):
        declarations.check(["steps_per_execution"], lambda name: FLAGS[name].value)


def test_sums_over_devices_are_not_compiled():
    given("--sync_batch_norm")
    assert "--sync_batch_norm sums over devices" in shared.compile_obstacle()


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("ssl_gan.py", ()),
        ("infogan.py", ("--lambda_gt=1", "--num_labels=20")),
        ("am_gan.py", ("--strategy=mirrored", "--devices=CPU:0,CPU:1", "--sync_batch_norm")),
    ],
)
def test_what_xla_cannot_compile_is_refused(script, words, tmp_path):
    with loaded_script(script) as loaded:
        finished = call_script(loaded, "--jit_compile", f"--sResultDir={tmp_path}/new", *words)
    assert finished.returncode == 2
    assert finished.stderr.startswith(f"{script}: error: --jit_compile: ")
    assert finished.stderr.count("\n") == 1 and not (tmp_path / "new").exists()


def test_operation_that_xla_lacks_is_named():
    compiled = tf.function(
        lambda x: tf.raw_ops.RandomIndexShuffle(index=x, seed=[1, 2, 3], max_index=7, rounds=24),
        jit_compile=True,
    )
    with pytest.raises(tf.errors.OpError) as caught:
        compiled(tf.constant(1))
    assert xla.compile_failure(caught.value) == "it has no operation RandomIndexShuffle"
    assert xla.compile_failure(tf.errors.InvalidArgumentError(None, None, "a shape")) is None
    assert xla.compile_failure(ValueError("XLA compilation")) is None


TINY = ("--sDataSet=toy_center", "--iBatchSize=10", "--iFilterDimsG=4", "--iFilterDimsD=4")
TINY += ("--iMaxIter=4", "--log_every=4", "--sample_every=4", "--save_every=4", "--score_every=0")


@pytest.mark.parametrize("words", [(), ("--jit_compile",)])
def test_step_that_turns_out_not_to_compile(words, tmp_path, monkeypatch):
    """auto begins again without XLA; a run that asks for XLA ends in one line."""
    from amnat.methods.am_gan.model import AMGAN

    loss = AMGAN.generator_loss

    def generator_loss(self, batch, rng):
        tf.raw_ops.RandomIndexShuffle(index=1, seed=[1, 2, 3], max_index=7, rounds=24)
        return loss(self, batch, rng)

    monkeypatch.setattr(AMGAN, "generator_loss", generator_loss)
    monkeypatch.setattr("amnat.training.strategy.uses_gpu", lambda _: True)
    monkeypatch.setattr("amnat.training.callbacks.SampleSheets.act", lambda *_: None)
    with loaded_script("am_gan.py") as script:
        finished = call_script(script, *TINY, f"--sResultDir={tmp_path}", *words)
    message = finished.stderr.splitlines()
    if words:
        assert finished.returncode == 1
        expected = "error: --jit_compile: it has no operation RandomIndexShuffle"
        assert any(line.startswith(expected) for line in message)
        return
    assert finished.returncode == 0, finished.stderr
    assert "note: not compiled with XLA: it has no operation RandomIndexShuffle" in message
    assert "compiling with XLA; 25 to 50 s" in finished.stderr
    run = tmp_path / "test_v0_toy_center"
    assert "--nojit_compile" in (run / "flags.txt").read_text().splitlines()
    assert (run / "metrics.csv").read_text().count("\n") == 3


@pytest.fixture
def with_gpu(tmp_path, monkeypatch):
    monkeypatch.setattr(gpu, "usable_gpus", lambda: ("NVIDIA H200, 580",))
    monkeypatch.setattr(gpu, "installed_gpus", gpu.usable_gpus)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for name in ("TF_XLA_FLAGS", "XLA_FLAGS"):
        # What the test sets is undone.
        monkeypatch.setenv(name, "")
    return tmp_path / "amnat" / "xla" / f"tensorflow_{tf.__version__}_NVIDIA_H200_580"


def test_programs_are_kept_on_a_gpu(with_gpu, monkeypatch):
    monkeypatch.setenv("XLA_FLAGS", "--xla_gpu_strict_conv_algorithm_picker=false")
    given()
    xla.set_environment()
    assert os.environ["TF_XLA_FLAGS"] == (
        f"--tf_xla_persistent_cache_directory={with_gpu / 'programs'}"
    )
    assert os.environ["XLA_FLAGS"] == (
        "--xla_gpu_strict_conv_algorithm_picker=false "
        f"--xla_gpu_per_fusion_autotune_cache_dir={with_gpu / 'autotuning'}"
    )
    assert (with_gpu / "programs").is_dir() and (with_gpu / "autotuning").is_dir()


def test_deterministic_run_has_deterministic_programs(with_gpu):
    given("--deterministic")
    xla.set_environment()
    assert os.environ["XLA_FLAGS"].startswith("--xla_gpu_deterministic_ops=true ")


def test_settings_of_the_user_stay(with_gpu, monkeypatch):
    monkeypatch.setenv("TF_XLA_FLAGS", "--tf_xla_persistent_cache_directory=/mine")
    monkeypatch.setenv("XLA_FLAGS", "--xla_gpu_per_fusion_autotune_cache_dir=")
    given()
    xla.set_environment()
    assert os.environ["TF_XLA_FLAGS"] == "--tf_xla_persistent_cache_directory=/mine"
    assert os.environ["XLA_FLAGS"] == "--xla_gpu_per_fusion_autotune_cache_dir="


def test_damaged_programs_are_dropped(with_gpu):
    folder = with_gpu / "programs"
    folder.mkdir(parents=True)
    # Fields: number 1 of length 3, number 2 a varint, number 3 of 4 bytes, number 4 of 8 bytes.
    whole = b"\x0a\x03abc\x10\x96\x01\x1d1234\x2112345678"
    contents = {"whole": whole, "cut": whole[:-1], "empty": b"", "cut_length": b"\x0a"}
    contents |= {"half": whole[:4], "other": b"\x0f" + whole}
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    given()
    xla.set_environment()
    assert [path.name for path in folder.iterdir()] == ["whole"]


def test_without_a_place_for_programs_there_is_no_cache(with_gpu, monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    given()
    xla.set_environment()
    assert os.environ["TF_XLA_FLAGS"] == "" == os.environ["XLA_FLAGS"]


def test_nothing_is_set_on_a_cpu(with_gpu, monkeypatch):
    monkeypatch.setattr(gpu, "usable_gpus", lambda: ())
    given("--deterministic")
    xla.set_environment()
    assert os.environ["TF_XLA_FLAGS"] == "" == os.environ["XLA_FLAGS"]
