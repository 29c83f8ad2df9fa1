"""How generated samples spread over the classes while a run goes on, and a figure of it."""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Sequence
from typing import Any

from amnat.data.dataset import Dataset
from amnat.evaluation.classifiers import open_classifier, what_outputs_depend_on
from amnat.evaluation.sources import dataset_source
from amnat.metrics import modes
from amnat.training.periodic import Periodic
from amnat.training.run_directory import RunDirectory
from amnat.training.sampling import Sampler
from amnat.training.series import Series

import numpy as np
from matplotlib.figure import Figure
from scipy.special import rel_entr

# A sample whose largest class probability is below it may be none of the classes.
REJECTION_THRESHOLD = 0.9
MAX_LINES = 10


def histogram(probabilities: np.ndarray, data_shares: np.ndarray) -> dict[str, float]:
    """Describes a set of classified images as {name: number}.

    Args:
      probabilities: float [N, K], a classifier's.
      data_shares: float [K], of the data, which need not be even.

    Returns: entropy of the classes (nats), effective_classes (its exponential), kl_to_data
      (KL(samples || data) in nats), total_variation (half the L1 distance, in [0, 1]),
      rejected_share (largest probability below 0.9) and share_0, share_1, ...
    """
    found = modes.class_histogram(probabilities.argmax(axis=1), probabilities.shape[1])
    shares = found.counts / found.counts.sum()
    numbers = {
        "entropy": found.entropy,
        "effective_classes": np.exp(found.entropy),
        "kl_to_data": rel_entr(shares, data_shares).sum(),
        "total_variation": 0.5 * np.abs(shares - data_shares).sum(),
        "rejected_share": np.mean(probabilities.max(axis=1) < REJECTION_THRESHOLD),
    }
    return numbers | {f"share_{label}": share for label, share in enumerate(shares)}


class ClassHistograms(Periodic):
    """Writes classes.csv and plots/classes.png, and classes_data.csv of the training images.

    Args:
      interval, start: see `Periodic`.
      run: `RunDirectory`.
      dataset: the training split.
      load_test: callable without arguments that returns the test split.
      classifier: see `amnat.evaluation.classifiers.HELP`.
      batch_size: the training batch size; samples are drawn in batches of this size.
      num_samples: number of samples per histogram.
    """

    # Some runs take one iteration more than their schedule, which needs no second histogram.
    slack = 1
    run: RunDirectory

    def __init__(
        self,
        interval: int,
        start: int,
        run: RunDirectory,
        dataset: Dataset,
        load_test: Callable[[], Dataset],
        classifier: str,
        batch_size: int,
        num_samples: int,
    ):
        super().__init__(interval, start, run)
        self.batch_size = batch_size
        self.num_samples = num_samples
        self.class_names = dataset.class_names
        self._classifier, identity = open_classifier(
            classifier,
            dataset_source(dataset),
            dataset,
            load_test,
            run.path.parent / "score_cache" / "classifiers",
        )
        counts = np.bincount(dataset.labels, minlength=dataset.num_classes)
        self.data_shares = counts / counts.sum()
        taken = dataset.subset(slice(num_samples)).images
        self.of_data = histogram(self._classifier(taken).probabilities, self.data_shares)
        depends_on = {
            "classifier": what_outputs_depend_on(identity),
            "data": dataset.identity(),
            "num_samples": num_samples,
        }
        self.series = Series(run.path / "classes.csv", start, depends_on, run)
        Series(run.path / "classes_data.csv", -1, depends_on).append(0, self.of_data)

    def restart(self, start: int) -> None:
        super().restart(start)
        if hasattr(self, "series"):
            self.series.forget_after(start)

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._sampler = Sampler(self.model, self.batch_size, sheet_size=1)

    def act(self, iteration: int) -> None:
        samples = self._sampler.many(self.num_samples, iteration)
        numbers = histogram(self._classifier(samples).probabilities, self.data_shares)
        self.series.append(iteration, numbers)
        shares = ", ".join(
            f"{name} {numbers[f'share_{label}']:.3f}"
            for label, name in enumerate(self.class_names[:MAX_LINES])
        )
        self.run.log(f"CLASSES  ITER: {iteration}, entropy {numbers['entropy']:.4f}, {shares}")
        save_figure(
            self.run.plots / "classes.png",
            *(self.series, self.of_data, self.class_names, self.run.title),
        )


def save_figure(
    path: pathlib.Path,
    series: Series,
    of_data: dict[str, float],
    class_names: Sequence[str],
    title: str = "",
) -> None:
    """Draws the shares of the classes and their entropy over the iterations.

    Args:
      series: `Series` of `histogram`s.
      of_data: the `histogram` of the training images.
      class_names: K strings; only the classes with the largest last shares are drawn if there are
        more than ten.
      title: the method and the data.
    """
    iterations = series.column("iteration")
    last = np.array([series.rows[-1][f"share_{label}"] for label in range(len(class_names))])
    drawn = sorted(np.argsort(-last)[:MAX_LINES])
    figure = Figure(figsize=(8, 7), dpi=100, layout="tight")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(2, 1))
    marker = "." if len(iterations) < 40 else ""
    for label in drawn:
        name = f"share_{label}"
        (line,) = above.plot(
            iterations, series.column(name), marker=marker, label=class_names[label]
        )
        above.axhline(of_data[name], color=line.get_color(), linestyle=":", linewidth=0.8)
    above.plot([], [], color="black", linestyle=":", linewidth=0.8, label="training data")
    above.set(ylabel="share of the samples", ylim=(0, None))
    count = f"the {len(drawn)} classes with the largest shares" if len(drawn) < len(last) else ""
    above.set_title(", ".join(text for text in (title, count) if text))
    above.legend(ncols=4, fontsize="small", title="class")
    below.plot(iterations, series.column("entropy"), marker=marker, label="generated")
    below.axhline(of_data["entropy"], linestyle=":", color="black", label="training data")
    below.set(xlabel="iteration", ylabel="entropy of the classes (nats)", ylim=(0, None))
    below.legend()
    for axes in (above, below):
        axes.grid(True, alpha=0.3)
    figure.savefig(path)
