"""Makes the runs in this folder with the scripts of a checkout.

    python tests/old_runs/make.py CHECKOUT OUT_DIR

They were made with commit d690553, before the modules of the methods moved to packages of their
own, and are what runs of users look like: tests/test_old_runs.py resumes, evaluates and exports
them. Made again by later scripts they would prove nothing.

<name>/<run>/ holds what is needed for that: flags.txt without the flags of folders, tables,
records, the checkpoint of the second iteration and sample.npy, an image or point of it;
exported/ what tools/export.py made of one of them, with a sample; records/ the generator.json of
further runs.
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile

import numpy as np
from runs import RECORDS, RUNS

KEPT_ITERATION = 2
KEPT_FILES = ("flags.txt", "generator.json", "settings.json", "classifier.keras", "*.csv")
EXPORTED = "infogan"
SAMPLES = 8
# The networks of tools/nat_classifier.py have hundreds of kilobytes of weights and more.
NARROW = """
import functools, runpy, sys
from amnat import flag_defs
flag_defs.load_tensorflow()
from amnat.networks import classifiers
narrow = functools.partial(classifiers.build_densenet, growth=2, depth=10)
classifiers._NETWORKS["densenet"] = (narrow, 8)
del sys.argv[0]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def call(checkout, script, *arguments):
    """Runs tools/<script> of a checkout."""
    start = ["-c", NARROW] if script == "nat_classifier.py" else []
    path = str(checkout / "tools" / script)
    subprocess.run([sys.executable, *start, path, *arguments], cwd=checkout, check=True)


def write_data(checkout, folder):
    """Tiny data sets; {name in the arguments: folder}."""
    sys.path[:0] = [str(checkout), str(checkout / "tests/tools"), str(checkout / "tests/data")]
    import cifar_files
    from script_runs import write_mnist

    folders = {name: folder / name for name in ("mnist", "cifar")}
    for path in folders.values():
        path.mkdir()
    write_mnist(folders["mnist"])
    cifar_files.write_folder(folders["cifar"] / cifar_files.FOLDER, cifar_files.encoded())
    return folders


def make_run(checkout, table, name, out, folders):
    """Trains a run in the folder `out`; the run's own folder."""
    script, arguments = table[name]
    call(checkout, script, *(text.format(out=out, **folders) for text in arguments))
    record = "settings.json" if script == "nat_1d_study.py" else "flags.txt"
    (found,) = out.glob(f"*/{record}")
    return found.parent


def prune(run, arguments, target):
    """Copies what is to be kept of a run, made with these arguments, to a new folder."""
    (target / "checkpoint").mkdir(parents=True)
    for pattern in KEPT_FILES:
        for path in run.glob(pattern):
            shutil.copy(path, target)
    for path in run.glob(f"checkpoint/ckpt-{KEPT_ITERATION}.*"):
        shutil.copy(path, target / "checkpoint")
    if not any((target / "checkpoint").iterdir()):
        (target / "checkpoint").rmdir()
    dropped = tuple(text.partition("=")[0] + "=" for text in arguments if "{" in text)
    file = target / "flags.txt"
    if file.exists():
        lines = file.read_text().splitlines(keepends=True)
        file.write_text("".join(line for line in lines if not line.startswith(dropped)))


def add_sample(folder):
    """The first sample of the kept checkpoint, of latents that are the same in every run."""
    from amnat.training.generator_record import read_record, restore_generator
    from amnat.training.run_directory import RunDirectory

    run = RunDirectory(folder)
    restored = restore_generator(run, read_record(run), KEPT_ITERATION)
    size = restored.latent.size
    latents = np.random.default_rng(0).uniform(-1, 1, (SAMPLES, size)).astype(np.float32)
    np.save(folder / "sample.npy", restored.sample(latents)[0].numpy())


def add_export(checkout, run, folder):
    """Exports a run, and adds the first sample that tools/evaluate.py would take of it."""
    arguments = (f"--export_dir={folder}", "--standing_batches=2")
    call(checkout, "export.py", f"--run_dir={run}", *arguments)
    from amnat.training.generator_sources import saved_model_source

    (batch,) = saved_model_source(str(folder / str(KEPT_ITERATION)), SAMPLES).batches(SAMPLES)
    np.save(folder / "sample.npy", batch[0])


def main():
    checkout, out_dir = (pathlib.Path(text).resolve() for text in sys.argv[1:])
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        folders = write_data(checkout, work)
        for name, (_, arguments) in RUNS.items():
            run = make_run(checkout, RUNS, name, work / "runs" / name, folders)
            target = out_dir / name / run.name
            prune(run, arguments, target)
            if (target / "generator.json").exists():
                add_sample(target)
        (run,) = (out_dir / EXPORTED).iterdir()
        add_export(checkout, run, out_dir / "exported")
        (out_dir / "records").mkdir()
        for name in RECORDS:
            run = make_run(checkout, RECORDS, name, work / "records" / name, folders)
            shutil.copy(run / "generator.json", out_dir / "records" / f"{name}.json")


if __name__ == "__main__":
    main()
