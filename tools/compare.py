"""Compares an original TensorFlow 1 repository with amnat, on the same weights, data and noise.

    python tools/compare.py --original=am_gan --original_dir=AM-GAN2
    python tools/compare.py --original=am_gan --original_dir=AM-GAN2 --speed
    python tools/compare.py --original=am_gan --original_dir=AM-GAN2 --train --dataset=digits

It executes the unmodified code of the checkout that you name, in a separate process. The exit
status is 0 if everything is within tolerance, 1 if something is not, and 2 for bad input.
"""

import pathlib
import time

import amnat.start  # noqa: F401  (before the others)
from amnat.compat import originals
from amnat.compat.processes import SIDES
from amnat.errors import InputError
from amnat.file_lock import owned_folder
from amnat.training import flags as shared
from amnat.training.main import run_tool

from absl import flags

ROOT = pathlib.Path(__file__).resolve().parent.parent
FLAGS = flags.FLAGS

flags.DEFINE_string(
    "original", None, "The repository: am_gan, am_gan_reproduce, gan_intro or msgan."
)
flags.DEFINE_string("original_dir", None, "Folder of your checkout of the repository.")
flags.DEFINE_list("configs", ["all"], "Configurations to compare, or all; see --list.")
flags.DEFINE_boolean("list", False, "List the configurations of --original and exit.")
flags.DEFINE_boolean("full_width", False, "Compare at the original's width instead of a small one.")
flags.DEFINE_string(
    "out", str(ROOT / "result" / "comparison"), "Folder for the reports (JSON and HTML)."
)
flags.DEFINE_string(
    "write_golden", None, "Folder to which the original's numbers are written as files for tests."
)
flags.DEFINE_boolean("speed", False, "Measure iterations per second instead, at full width.")
flags.DEFINE_integer(
    "rounds",
    3,
    "--speed: number of processes of each side; the sides alternate.",
    lower_bound=1,
)
flags.DEFINE_integer(
    "iterations",
    None,
    "--speed: iterations of each process (default: 5, or 2000 for small models). --train: "
    "iterations of each run (default: 200 for am_gan and am_gan_reproduce, 2000 for gan_intro, 300 "
    "for msgan).",
    lower_bound=2,
)
flags.DEFINE_list(
    "onednn", ["1", "1"], "--speed: whether the original and amnat use oneDNN; 0 or 1 for each."
)
flags.DEFINE_boolean("train", False, "Train both sides from several seeds instead, and score them.")
flags.DEFINE_integer("seeds", 3, "--train: number of runs of each side.", lower_bound=1)
flags.DEFINE_string(
    "dataset", "digits", "--train: digits, mnist or cifar10; for msgan, mnist_28 or cifar10."
)
flags.DEFINE_integer("num_samples", 2000, "--train: number of samples to score.", lower_bound=100)
flags.DEFINE_list("settings", [], "--train, --speed: more flags of the original, as NAME=VALUE.")
flags.declare_key_flag("data_dir")


def check_flags():
    """Checks the flags without another process; returns the original's module and the folder."""
    shared.refuse_shared_but(("data_dir",))
    shared.require(FLAGS.original, "original", "a repository to compare with")
    module = originals.module(FLAGS.original)
    if FLAGS.list:
        return module, None
    shared.require(not (FLAGS.speed and FLAGS.train), "train", "it without --speed")
    shared.require(
        len(FLAGS.onednn) == 2 and set(FLAGS.onednn) <= {"0", "1"}, "onednn", "two of 0 and 1"
    )
    hint = originals.how_to_get(module.ORIGINAL)
    shared.require(FLAGS.original_dir, "original_dir", f"the folder of a checkout; {hint}")
    return module, originals.check_checkout(module.ORIGINAL, FLAGS.original_dir)


def chosen_configurations(original):
    """{name: Configuration} of --configs, with the sizes merged in."""
    known = original.configurations
    names = list(known) if FLAGS.configs == ["all"] else FLAGS.configs
    for name in names:
        if name not in known:
            raise InputError(f"--configs={name}: expected all or some of {', '.join(known)}")
    sizes = original.full if FLAGS.full_width else original.small
    return {name: known[name].with_sizes(sizes) for name in names}


def reports():
    """The folder of the reports."""
    return pathlib.Path(FLAGS.out).expanduser()


def print_list(original):
    print(f"{original.name}: {original.url}, commit {original.commit}")
    width = max(map(len, original.configurations))
    for name, configuration in original.configurations.items():
        print(f"  {name:{width}}  {configuration.title}")


def compare(original, folder):
    """Compares all computed values of both sides; returns the exit status."""
    from amnat.compat import comparison, comparison_report, equality, golden

    configurations = chosen_configurations(original)
    if FLAGS.write_golden:
        golden.check_folder(FLAGS.write_golden)
    started = time.monotonic()

    def progress(side, done, total):
        seconds = time.monotonic() - started
        print(f"  {seconds:5.0f} s  {side:9} {done} of {total} runs", flush=True)

    print(f"{original.name}: {len(configurations)} configurations, both sides at the same time")
    compared = equality.compare(original, folder, configurations, progress)
    results = [result for result, _ in compared.values()]
    about = description(original, folder)
    stem = reports() / f"{original.name}{'_full_width' if FLAGS.full_width else ''}"
    for note in dict.fromkeys(note for result in results for note in result.notes):
        print(f"substituted: {note}")
    print(comparison_report.screen_table(results))
    print(comparison_report.LEGEND)
    judged = comparison_report.named(results, comparison.JUDGED)
    print(f"{len(judged)} tensors were judged in float64; the report names each")
    failed = comparison_report.named(results, comparison.FAIL)
    for line in failed:
        print(f"OUT OF TOLERANCE {line}")
    comparison_report.write_json(stem.with_suffix(".json"), about, results)
    write_page(stem.with_suffix(".json"))
    if FLAGS.write_golden:
        for path in golden.write(FLAGS.write_golden, original, compared):
            print(path)
    return 1 if failed else 0


def description(original, folder):
    """The description of the run for the reports."""
    from amnat.compat.processes import versions

    return {
        "original": f"{original.url} at commit {original.commit}",
        "checkout": folder.name,
        "width": "the original's" if FLAGS.full_width else "small",
        **versions(),
    }


def write_page(path):
    """Writes the page of a JSON file beside it; prints the paths of both."""
    from amnat.report.comparison_page import comparison_page
    from amnat.report.rendering import write_page
    from amnat.report.sources import read_comparison

    page = path.with_suffix(".html")
    write_page(page, comparison_page(read_comparison(path)))
    print(f"{path}\n{page}")


def given_settings():
    """The settings in --settings, {flag: text}."""
    pairs = [text.partition("=") for text in FLAGS.settings]
    for text, (name, equals, _) in zip(FLAGS.settings, pairs, strict=True):
        if not (name and equals):
            raise InputError(f"--settings={text}: expected NAME=VALUE")
    return {name: value for name, _, value in pairs}


def measure_speed(original, folder):
    from amnat.compat import speed

    report = speed.measure(
        original,
        folder,
        given_settings(),
        rounds=FLAGS.rounds,
        iterations=FLAGS.iterations,
        onednn={side: text == "1" for side, text in zip(SIDES, FLAGS.onednn, strict=True)},
    )
    print(speed.table(report))
    path = reports() / f"{original.name}_speed.json"
    speed.write(path, description(original, folder) | report)
    write_page(path)
    return 0


def train(original, folder):
    from amnat.compat import score_runs

    report = score_runs.train_and_score(
        original,
        folder,
        given_settings(),
        dataset=FLAGS.dataset,
        data_dir=FLAGS.data_dir,
        seeds=FLAGS.seeds,
        iterations=FLAGS.iterations,
        num_samples=FLAGS.num_samples,
    )
    print(score_runs.table(report))
    path = reports() / f"{original.name}_scores.json"
    score_runs.write(path, description(original, folder) | report)
    write_page(path)
    return 0


def main():
    module, folder = check_flags()
    if FLAGS.list:
        print_list(module.ORIGINAL)
        return 0
    task = measure_speed if FLAGS.speed else train if FLAGS.train else compare
    with owned_folder(FLAGS.out, "out"):
        return task(module.ORIGINAL, folder)


if __name__ == "__main__":
    run_tool(main)
