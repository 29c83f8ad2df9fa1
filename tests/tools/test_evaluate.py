"""tools/evaluate.py: every kind of samples and reference, its records, its errors."""

import json
import shutil

from amnat.data.dataset import unscale
from amnat.data.image_files import fit
from amnat.errors import InputError, OutputError
from amnat.metrics.keras_classifier import KerasClassifier
from amnat.training import generator_sources
from amnat.training.generator_record import read_record, restore_generator
from amnat.training.run_directory import RunDirectory

import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras
from absl import flags
from absl.testing import flagsaver
from PIL import Image
from script_runs import loaded_script, run_script

FEW = ("--num_samples=60", "--kid_subset_size=20", "--kid_subsets=3", "--ssim_images=2")
RESULTS = {
    *("inception_score", "inception_score_split_mean", "inception_score_split_std"),
    *("share_of_real_score", "am_score", "am_score_entropy", "am_score_divergence"),
    *("am_score_split_mean", "am_score_split_std", "fid", "kid", "kid_subset_std"),
    *("precision", "recall", "density", "coverage"),
    *("classes_found", "class_entropy", "smallest_class_share"),
}


def keras_classifier(path, num_classes=10, size=32):
    """An untrained classifier: any numbers will do."""
    images = keras.Input((size, size, 1))
    features = keras.layers.AveragePooling2D(4)(images)
    features = keras.layers.Flatten()(features)
    start = keras.initializers.GlorotNormal(seed=3)
    logits = keras.layers.Dense(num_classes, kernel_initializer=start)(features)
    model = keras.Model(images, {"logits": logits, "features": features})
    KerasClassifier(model).save(str(path))
    return path


@pytest.fixture(scope="module")
def script():
    with loaded_script("evaluate.py") as module:
        yield module


@pytest.fixture(scope="module")
def classifier(tmp_path_factory):
    return keras_classifier(tmp_path_factory.mktemp("classifier") / "c.keras")


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    finished = run_script(
        "am_gan.py",
        *("--sDataSet=digits", "--iMaxIter=4", "--iBatchSize=10", "--iFilterDimsG=1"),
        *("--iFilterDimsD=1", "--save_every=2", "--score_every=0", "--ema_decay=0.5"),
        f"--sResultDir={folder}",
    )
    assert finished.returncode == 0, finished.stderr
    return folder / "test_v0_digits"


@pytest.fixture
def evaluate(script, classifier, tmp_path, monkeypatch):
    """Runs the script in this process; the records that it wrote."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments, defaults=FEW):
        with flagsaver.flagsaver():
            flags.FLAGS(
                [
                    *("evaluate.py", f"--classifier={classifier}", *defaults),
                    *(f"--cache_dir={tmp_path / 'cache'}", f"--json={tmp_path / 'found.jsonl'}"),
                    *arguments,
                ]
            )
            assert script.main() == 0
        lines = (tmp_path / "found.jsonl").read_text().splitlines()
        return [json.loads(line) for line in lines]

    return run


def generated(run_dir, iteration, count=60):
    run = RunDirectory(run_dir)
    restored = restore_generator(run, read_record(run), iteration)
    latents = tf.random.stateless_normal([count, 100], [1, 2])
    return restored.sample(latents).numpy()


def test_a_curve_over_checkpoints(evaluate, run_dir, capsys):
    records = evaluate(f"--samples={run_dir}", "--checkpoint=all")
    assert [record["samples"]["iteration"] for record in records] == [2, 4, 5]
    for record in records:
        assert set(record["results"]) | set(record["not_taken"]) >= RESULTS
        assert record["samples"]["batch_size"] == 10 and record["samples"]["ema"] is True
        assert record["samples"]["finished_at"] == 5
        assert record["samples"]["count"] == 60 and record["reference"]["count"] == 1437
        assert record["reference"]["name"] == "digits"
        assert record["settings"]["kid_subset_size"] == 20
        assert len(record["classifier"]["sha256"]) == 64
    assert len({record["results"]["fid"] for record in records}) == 3
    shown = capsys.readouterr().out
    assert "iteration 4: 60 images" in shown and "share_of_real_score" in shown
    assert (run_dir / "plots" / "evaluation_fid.png").stat().st_size > 1000


def test_a_run_on_some_classes_is_held_to_these(evaluate, run_dir, tmp_path):
    copy = shutil.copytree(run_dir, tmp_path / "copy")
    path = copy / "generator.json"
    record = json.loads(path.read_text()) | {"class_names": ["7", "1", "2"]}
    path.write_text(json.dumps(record))
    three = keras_classifier(tmp_path / "three.keras", num_classes=3)
    (found,) = evaluate(f"--samples={copy}", "--metrics=is", f"--classifier={three}")
    assert found["reference"]["classes"] == 3 and 300 < found["reference"]["count"] < 600


def test_the_same_flags_give_the_same_numbers(evaluate, run_dir):
    arguments = (f"--samples={run_dir}", "--metrics=is,fid", "--checkpoint=4")
    first, second = evaluate(*arguments), evaluate(*arguments)[1:]
    assert first[0]["results"] == second[0]["results"]
    for change in ("--seed=1", "--ema=off", "--batch_size=20"):
        assert evaluate(*arguments, change)[-1]["results"] != first[0]["results"]


def test_npz_and_folder_of_the_same_images_agree(evaluate, run_dir, tmp_path):
    images = unscale(generated(run_dir, 5))
    np.savez(tmp_path / "a.npz", images)
    (tmp_path / "pictures").mkdir()
    for number, image in enumerate(images):
        Image.fromarray(image[..., 0]).save(tmp_path / "pictures" / f"{number}.png")
    chosen = ("--reference=digits:test", "--metrics=is,fid,prdc")
    evaluate(f"--samples={tmp_path / 'a.npz'}", *chosen)
    *_, record = evaluate(f"--samples={tmp_path / 'pictures'}", *chosen)
    first = evaluate(f"--samples={tmp_path / 'a.npz'}", *chosen)[-1]["results"]
    for name in ("inception_score", "fid", "precision", "recall", "density", "coverage"):
        assert record["results"][name] == pytest.approx(first[name], rel=1e-6)


def brightness_classifier(path):
    """A classifier of flat images: class c is the brightness (25 c + 12 - 127.5) / 128."""
    images = keras.Input((32, 32, 1))
    features = keras.layers.GlobalAveragePooling2D()(images)
    dense = keras.layers.Dense(10)
    model = keras.Model(images, {"logits": dense(features), "features": features})
    centres = (25 * np.arange(10) + 12 - 127.5) / 128
    dense.set_weights([2000 * centres[None], -1000 * centres**2])
    KerasClassifier(model).save(str(path))
    return path


def test_a_file_that_is_sorted_by_class_has_no_collapsed_splits(evaluate, tmp_path):
    judge = brightness_classifier(tmp_path / "judge.keras")
    images = np.repeat(25 * np.arange(10) + 12, 20).astype(np.uint8)
    np.save(tmp_path / "a.npy", np.tile(images[:, None, None, None], [1, 32, 32, 1]))
    chosen = (f"--samples={tmp_path / 'a.npy'}", "--reference=digits:test", "--metrics=is")
    record = evaluate(*chosen, f"--classifier={judge}", defaults=())[-1]
    assert record["results"]["inception_score"] == pytest.approx(10, rel=1e-3)
    assert record["results"]["inception_score_split_mean"] > 5
    assert record["samples"]["shuffled"] and record["samples"]["available"] == 200
    # The first 60 would be of three classes.
    record = evaluate(*chosen, f"--classifier={judge}", "--num_samples=60", defaults=())[-1]
    assert record["results"]["inception_score"] > 7
    assert (record["samples"]["count"], record["samples"]["available"]) == (60, 200)


def test_another_scale_stands_in_the_json_line(evaluate, tmp_path, capsys):
    """On either side, and for few images."""
    images = np.random.default_rng(0).random((20, 32, 32, 1)).astype(np.float32)
    np.savez(tmp_path / "a.npz", images)
    few = ("--metrics=is,fid", "--num_samples=20", "--splits=1")
    (record,) = evaluate(f"--samples={tmp_path / 'a.npz'}", "--reference=digits:test", *few)
    (found,) = record["samples"]["warnings"]
    assert "no pixel is negative" in found and "warnings" not in record["reference"]
    assert capsys.readouterr().err.count(f"warning: {tmp_path / 'a.npz'}: {found}\n") == 1
    # What a metric warns of, too.
    assert "20 samples of 64 features make a singular covariance" in record["warnings"][0]
    *_, record = evaluate("--samples=digits:test", f"--reference={tmp_path / 'a.npz'}", *few)
    assert record["reference"]["warnings"] == [found]


def test_a_generator_of_another_scale_is_marked(evaluate, tmp_path):
    class Generator(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([None, 4], tf.float32)])
        def __call__(self, latent):
            return tf.tile(tf.sigmoid(latent)[:, :, None, None], [1, 8, 32, 1])

    module, folder = Generator(), str(tmp_path / "model")
    tf.saved_model.save(module, folder, signatures={"serving_default": module.__call__})
    arguments = (f"--samples={folder}", "--reference=digits:test", "--metrics=is")
    (record,) = evaluate(*arguments, "--batch_size=20")
    assert "no pixel is negative" in record["samples"]["warnings"][0]


def test_what_a_folder_leaves_out_stands_in_the_json_line(evaluate, run_dir, tmp_path):
    (tmp_path / "pictures" / ".ipynb_checkpoints").mkdir(parents=True)
    for number, image in enumerate(unscale(generated(run_dir, 5))):
        Image.fromarray(image[..., 0]).save(tmp_path / "pictures" / f"{number}.png")
        Image.fromarray(image[..., 0]).save(
            tmp_path / "pictures" / ".ipynb_checkpoints" / f"{number}-checkpoint.png"
        )
    archive = shutil.make_archive(str(tmp_path / "packed"), "zip", tmp_path / "pictures")
    found = []
    for path in (tmp_path / "pictures", archive):
        chosen = (f"--samples={path}", "--reference=digits:test", "--metrics=is,fid")
        found.append(evaluate(*chosen, defaults=())[-1])
        assert found[-1]["samples"]["left_out"] == {"hidden": 60}
        assert found[-1]["samples"]["count"] == 60
    assert found[0]["results"] == found[1]["results"]


def test_data_set_against_its_own_images(evaluate, tmp_path):
    """All images without --num_samples; FID 0, precision and recall 1."""
    arguments = ("--samples=digits", "--reference=digits", "--metrics=fid,prdc")
    (record,) = evaluate(*arguments, defaults=())
    assert record["samples"]["count"] == 1437
    assert abs(record["results"]["fid"]) < 1e-6
    assert record["results"]["precision"] == record["results"]["recall"] == 1


def test_statistics_of_the_reference_are_those_that_fid_stat_reads(
    evaluate, classifier, tmp_path, capsys
):
    from amnat.data import load
    from amnat.methods.dist_gan.validation import FID, FIDOptions

    train, test = load("digits"), load("digits", split="test")
    arguments = ("--reference=digits:test", f"--save_statistics={tmp_path / 'digits.npz'}")
    (tmp_path / "found.jsonl").touch()
    assert evaluate(*arguments) == []
    text = f"statistics of 360 images of digits:test in {tmp_path / 'digits.npz'}"
    assert text in capsys.readouterr().out
    found = []
    for statistics in (None, str(tmp_path / "digits.npz")):
        options = FIDOptions(str(classifier), statistics, 50, 50, False, tmp_path / "cache")
        found.append(FID(train, lambda: test, options)(train.images[:50]))
    assert found[0] == pytest.approx(found[1], rel=1e-5) and found[0] > 0
    # Beside scores it writes the same.
    beside = (f"--save_statistics={tmp_path / 'beside.npz'}", "--samples=digits", "--metrics=fid")
    assert evaluate("--reference=digits:test", *beside)[0]["results"]["fid"] > 0
    files = [np.load(tmp_path / f"{name}.npz") for name in ("digits", "beside")]
    for name in ("mu", "sigma"):
        np.testing.assert_array_equal(*(file[name] for file in files))
    assert not list(tmp_path.glob(".partial-*"))


def test_saved_model(evaluate, tmp_path):
    class Generator(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([None, 4], tf.float32)])
        def __call__(self, latent):
            return tf.tile(tf.tanh(latent)[:, :, None, None], [1, 8, 32, 1])

    module, folder = Generator(), str(tmp_path / "model")
    tf.saved_model.save(module, folder, signatures={"serving_default": module.__call__})
    arguments = (f"--samples={folder}", "--reference=digits", "--metrics=is,fid")
    (record,) = evaluate(*arguments)
    assert record["samples"]["kind"] == "SavedModel" and record["samples"]["batch_size"] == 100
    assert record["results"]["fid"] > 0


def test_small_classifier_is_trained_on_the_reference(evaluate, monkeypatch):
    from amnat.metrics import small_cnn

    monkeypatch.setattr(small_cnn, "default_epochs", lambda count: 1)
    arguments = ("--samples=digits:test", "--reference=digits", "--metrics=is")
    (record,) = evaluate(*arguments, "--classifier=small_cnn")
    assert record["classifier"]["kind"] == "small_cnn"
    assert record["classifier"]["test_accuracy"] > 0.5


def test_foreign_classifier_is_standardised_by_the_reference(evaluate, tmp_path):
    model = keras.Sequential(
        [keras.layers.Flatten(input_shape=(32, 32, 1)), keras.layers.Dense(10, "softmax")]
    )
    model.save(tmp_path / "foreign.keras")
    model.export(str(tmp_path / "exported"))
    found = []
    for path in ("foreign.keras", "exported"):
        arguments = ("--samples=digits:test", "--reference=digits", "--metrics=is,am")
        record = evaluate(*arguments, f"--classifier={tmp_path / path}")[-1]
        assert record["classifier"]["kind"] == "model"
        assert len(record["classifier"]["standardised_by"]) == 64
        found.append(record["results"]["am_score"])
    assert found[0] == pytest.approx(found[1], rel=1e-5)


ERRORS = [
    (["--reference=digits"], "--samples=None: expected what to score"),
    (["--samples=digits"], "--reference=None: expected a data set"),
    (["--samples=nowhere", "--reference=digits"], "--samples=nowhere: no such run, file or folder"),
    (["--samples=x.pt", "--reference=digits"], "--samples=x.pt: a file of another kind; expected"),
    (["--samples=x.tar.gz", "--reference=digits"], "x.tar.gz: a file of another kind; expected"),
    (["--samples=x.npy", "--reference=digits"], "x.npy: cannot be read as .npz or .npy images"),
    (["--samples=x.ZIP", "--reference=digits"], "'x.ZIP': cannot be read .*expected a folder"),
    (["--samples=digits:val", "--reference=digits"], "expected a split of digits: train, test"),
    (["--samples=RUN", "--checkpoint=3"], "--checkpoint=3: .* has 2, 4, 5; expected one of"),
    (["--samples=RUN", "--metrics=is,ffid"], "--metrics: unknown score 'ffid'"),
    (["--samples=RUN", "--splits=61"], "--splits=61: expected 1 to the number of samples, 60"),
    (["--samples=RUN", "--reference_samples=2000"], "--reference_samples=2000: there are 1437"),
    (["--samples=RUN", "--classifier=none.keras"], "none.keras: no such file"),
    (["--samples=RUN", "--classifier=inception"], "--classifier=inception: expected small_cnn"),
    (["--samples=RUN", "--reference=toy"], "points; expected images"),
    (["--samples=RUN", "--reference=RUN"], "expected images, not a generator"),
    (["--samples=digits:test", "--reference=digits", "--num_samples=400"], "there are 360"),
    (["--save_statistics=a.npz"], "--reference=None: expected a data set"),
    (["--save_statistics=a.txt", "--reference=digits"], "a.txt: expected a name that ends in .npz"),
    (["--save_statistics=no/a.npz", "--reference=digits"], "no/a.npz: cannot be written"),
    (
        ["--save_statistics=a.npz", "--reference=digits", "--classifier=small_cnn"],
        "--save_statistics=a.npz: expected --classifier=inception:FILE",
    ),
]


@pytest.mark.parametrize(("arguments", "message"), ERRORS, ids=lambda value: str(value)[:40])
def test_errors_before_anything_large(evaluate, run_dir, tmp_path, monkeypatch, arguments, message):
    from amnat.data import toy
    from amnat.training import main as entry

    for name in ("x.pt", "x.tar.gz", "x.npy", "x.ZIP"):
        (tmp_path / name).write_bytes(b"no images")
    monkeypatch.setitem(toy.POINTS_PER_COMPONENT, "train", 100)
    monkeypatch.setattr(entry, "load_tensorflow", lambda: pytest.fail("loaded TensorFlow"))
    with pytest.raises(InputError, match=message):
        evaluate(*(text.replace("RUN", str(run_dir)) for text in arguments))


def test_few_images_lower_the_settings_that_do_not_fit(evaluate, run_dir, capsys):
    arguments = (f"--samples={run_dir}", "--metrics=is,kid,prdc")
    *_, record = evaluate(*arguments, "--num_samples=60", defaults=())
    assert record["settings"]["kid_subset_size"] == 60 and "kid" in record["results"]
    noted = capsys.readouterr().err
    assert "note: --kid_subset_size=60 instead of 1000, because there are few images" in noted
    *_, record = evaluate(*arguments, "--num_samples=4", defaults=())
    assert [record["settings"][name] for name in ("splits", "nearest_k")] == [4, 3]
    with pytest.raises(InputError, match="--kid_subset_size=61: expected 2 to 60"):
        evaluate(*arguments, "--num_samples=60", "--kid_subset_size=61", defaults=())


@pytest.mark.parametrize("shape", [(20, 48, 1), (32, 32, 3), (64, 64, 3)], ids=str)
def test_images_of_another_size_are_resized(evaluate, tmp_path, capsys, shape):
    images = np.random.default_rng(0).integers(0, 256, (20, *shape), dtype=np.uint8)
    np.savez(tmp_path / "a.npz", images)
    arguments = (f"--samples={tmp_path / 'a.npz'}", "--reference=digits:test", "--metrics=fid")
    (record,) = evaluate(*arguments, "--num_samples=20")
    assert record["samples"]["resized"]["from"] == list(shape)
    assert record["samples"]["resized"]["to"] == [32, 32, 1]
    shown = capsys.readouterr()
    assert shown.err.count("as in the reference digits") == 1
    assert ("which changes their proportions" in shown.err) == (shape[0] != shape[1])
    assert "the images were converted from" in shown.out
    # The same numbers as for images that were resized before.
    np.savez(tmp_path / "a.npz", fit(images, (32, 32, 1), "images"))
    assert evaluate(*arguments, "--num_samples=20")[-1]["results"] == record["results"]


def test_a_run_that_is_held_to_another_size(evaluate, run_dir, tmp_path, capsys):
    """The notice comes once, not for every checkpoint."""
    pixels = np.random.default_rng(0).integers(0, 256, (20, 16, 16, 3), dtype=np.uint8)
    np.save(tmp_path / "small.npy", pixels)
    judge = keras.Sequential(
        [keras.layers.Flatten(input_shape=(16, 16, 3)), keras.layers.Dense(10, "softmax")]
    )
    judge.save(tmp_path / "judge.keras")
    arguments = (f"--samples={run_dir}", "--checkpoint=all", "--metrics=is")
    chosen = (f"--reference={tmp_path / 'small.npy'}", f"--classifier={tmp_path / 'judge.keras'}")
    records = evaluate(*arguments, *chosen)
    assert [record["samples"]["resized"]["to"] for record in records] == [[16, 16, 3]] * 3
    assert capsys.readouterr().err.count("resized from 32x32 to 16x16 and grey, repeated") == 1


def test_the_data_folder_of_a_run_is_remembered(script, run_dir, tmp_path):
    copy = shutil.copytree(run_dir, tmp_path / "copy")
    (tmp_path / "mine").mkdir()
    for line, given, expected in [
        (f"--data_dir={tmp_path / 'mine'}", [], tmp_path / "mine"),
        (f"--data_source={tmp_path / 'mine'}", [], tmp_path / "mine"),
        (f"--data_dir={tmp_path / 'mine'}", ["--data_dir=other"], "other"),
        (f"--data_dir={tmp_path / 'gone'}", [], None),
    ]:
        (copy / "flags.txt").write_text(line + "\n")
        with flagsaver.flagsaver():
            flags.FLAGS(["evaluate.py", f"--samples={copy}", *given])
            script.use_data_of_run()
            assert flags.FLAGS.data_dir == (expected and str(expected))


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("runs/am_gan_mnits", "no such run, file or folder.*; did you mean runs/am_gan_mnist.$"),
        ("run/am_gan_mnist", "no such run, .*; did you mean runs/am_gan_mnist.$"),
        ("runs", "no such run; the folder holds runs/am_gan_mnist$"),
        ("runs/am_gan_mnist/samples", "is a folder in a run; give the run, runs/am_gan_mnist$"),
        ("runs/new", "is a run without a checkpoint; train it first"),
        ("digit", "did you mean digits.$"),
    ],
)
def test_a_path_that_is_no_run(evaluate, tmp_path, path, message):
    for folder in ("am_gan_mnist/checkpoint", "am_gan_mnist/samples", "new"):
        (tmp_path / "runs" / folder).mkdir(parents=True)
    (tmp_path / "runs" / "new" / "flags.txt").touch()
    for reference in ([], ["--reference=digits"]):
        with pytest.raises(InputError, match=f"--samples={path}: .*{message}"):
            evaluate(f"--samples={path}", *reference)


def test_what_the_numbers_can_be_compared_with(evaluate, capsys):
    evaluate("--samples=digits:test", "--reference=digits:test", "--metrics=is,fid,kid,prdc")
    _, text = capsys.readouterr().out.split("to be compared with scores of\n")
    assert "  inception_score: the same classifier and about as many images" in text
    assert "  fid: the same classifier and reference, and 60 images; fewer images raise it" in text
    assert "subsets of 20" in text and "60 images and --nearest_k=5" in text
    assert "published Inception Scores and FIDs: none" in text and "am_score" not in text


def test_classifier_of_other_classes_or_sizes(evaluate, run_dir, tmp_path):
    path = keras_classifier(tmp_path / "seven.keras", num_classes=7)
    with pytest.raises(InputError, match="7 classes, expected the 10 of digits"):
        evaluate(f"--samples={run_dir}", f"--classifier={path}")
    path = keras_classifier(tmp_path / "small.keras", size=16)
    with pytest.raises(InputError, match=r"the classifier takes \[16, 16, 1\]"):
        evaluate(f"--samples={run_dir}", f"--classifier={path}")


def test_damaged_checkpoint(evaluate, run_dir, tmp_path, capsys):
    copy = shutil.copytree(run_dir, tmp_path / "copy")
    (copy / "checkpoint" / "ckpt-5.index").write_bytes(b"no")
    with pytest.raises(InputError, match="--checkpoint=5: .*ckpt-5.index"):
        evaluate(f"--samples={copy}", "--checkpoint=5")
    (record,) = evaluate(f"--samples={copy}", "--metrics=is")
    assert record["samples"]["iteration"] == 4
    assert "using checkpoint 4" in capsys.readouterr().err


def test_a_dry_run_downloads_nothing(tmp_path):
    chosen = ("msdistgan_stl10.py", "--dry_run", f"--data_dir={tmp_path / 'none'}")
    finished = run_script(*chosen, cwd=tmp_path)
    assert finished.returncode == 0 and finished.stderr == ""
    assert "none' does not exist, so the run would download stl10_binary" in finished.stdout
    assert "2,640.4 MB" in finished.stdout and not list(tmp_path.iterdir())


def test_a_folder_with_the_name_of_a_data_set_is_mentioned(script, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    script.open_images("digits", "samples")
    assert capsys.readouterr().err == ""
    (tmp_path / "digits").mkdir()
    script.open_images("digits", "samples")
    assert capsys.readouterr().err.startswith("note: --samples=digits is the data set; ./digits")


def test_a_run_that_trains(evaluate, run_dir, tmp_path, monkeypatch, capsys):
    """A checkpoint is removed while it is read: the newest one is taken, others are left out."""
    run = RunDirectory(shutil.copytree(run_dir, tmp_path / "copy"))
    run.finished_file.unlink()
    read = generator_sources.run_source

    def removed_first(path, iteration, *settings):
        if iteration in (4, 5):
            (run.checkpoints / f"ckpt-{iteration}.json").unlink()
        return read(path, iteration, *settings)

    monkeypatch.setattr(generator_sources, "run_source", removed_first)
    (record,) = evaluate(f"--samples={run.path}", "--metrics=is")
    assert record["samples"]["iteration"] == 2 and record["samples"]["finished_at"] is None
    noted = capsys.readouterr().err
    assert "has not finished; its newest checkpoint is that of iteration 5" in noted


def test_exit_status_and_one_line(tmp_path):
    finished = run_script("evaluate.py", "--samples=digits", cwd=tmp_path)
    assert finished.returncode == 2
    assert finished.stderr.startswith("evaluate.py: error: --reference=None")
    assert finished.stderr.count("\n") == 1 and not list(tmp_path.iterdir())


def test_the_table_is_printed_if_its_record_cannot_be_written(evaluate, capsys):
    with pytest.raises(OutputError, match="--json=/dev/full: cannot be written .No space left"):
        evaluate("--samples=digits:test", "--reference=digits:test", "--json=/dev/full")
    assert "inception_score " in capsys.readouterr().out


def test_the_record_comes_before_the_table(evaluate, script, tmp_path, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(script, "print_table", interrupted)
    with pytest.raises(KeyboardInterrupt):
        evaluate("--samples=digits:test", "--reference=digits:test")
    assert len((tmp_path / "found.jsonl").read_text().splitlines()) == 1


def test_a_record_that_cannot_be_written_is_refused_before_the_work(evaluate, tmp_path):
    (tmp_path / "file").touch()
    for path in ("file/found.jsonl", "none/found.jsonl", "."):
        with pytest.raises(InputError, match="--json=.*: cannot be written"):
            evaluate("--samples=digits:test", "--reference=digits:test", f"--json={path}")
