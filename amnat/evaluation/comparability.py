"""With what scores can be compared, as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from amnat.metrics import registry

_NEEDS = {
    "is": "the same classifier and about as many images; fewer images lower it",
    "am": "the same classifier and reference, and about as many images",
    "fid": "the same classifier and reference, and {count:,} images; fewer images raise it",
    "kid": "the same classifier and reference, and any number of images; kid_subset_std needs "
    "subsets of {kid_subset_size:,}",
    "prdc": "the same classifier and reference, {prdc_count:,} images and --nearest_k={nearest_k}",
    "ms_ssim": "images of {height}x{width}, {ms_ssim_classes} and {ssim_images} images per class",
    "classes": "the same classifier and about as many images",
}
_PUBLISHED = {
    "inception": "published Inception Scores and FIDs: if they are of the same graph, 50,000 "
    "images and the same reference",
    "tfhub": "numbers of TF-GAN's Inception module; those of the 2015 graph differ slightly",
    "densenet": "the AM-GAN paper's AM Scores: if they are of 50,000 images",
}
_NOT_PUBLISHED = (
    "published Inception Scores and FIDs: none, because they are of ImageNet's Inception network "
    "(--classifier=inception:FILE.pb)"
)


def judge(identity: Mapping[str, Any]) -> str:
    """A classifier's name and test accuracy, from what `classifiers.open_classifier` returns."""
    name = str(identity.get("network") or identity.get("kind", "unknown classifier"))
    data = identity.get("trained_on")
    accuracy = identity.get("test_accuracy")
    trained = f" trained on {data}" if data else ""
    return f"{name}{trained}" + (f", test accuracy {accuracy:.2%}" if accuracy else "")


def comparable_with(record: Mapping[str, Any], names: Sequence[str]) -> list[str]:
    """Sentences that say what else each score may be compared with.

    Args:
      record: the record of an `Evaluation`'s `Scores`.
      names: names in `registry.METRICS` that were asked for.

    Returns: a line for every score with a result, and lines about published numbers and about
      resized images.
    """
    count = record["samples"]["count"]
    resized = record["samples"].get("resized")
    height, width = record.get("image_shape", [0, 0])[:2]
    facts = record["settings"] | {"count": count, "height": height, "width": width}
    given = record.get("ms_ssim_classes") == "given"
    facts["ms_ssim_classes"] = "given classes" if given else "the same classifier"
    facts["prdc_count"] = min(count, record["settings"]["prdc_samples"])
    lines = [
        f"{_label(name)}: {_NEEDS[name].format(**facts)}"
        for name in names
        if set(registry.METRICS[name].better) & set(record["results"])
    ]
    lines.append(_PUBLISHED.get(record["classifier"].get("kind", ""), _NOT_PUBLISHED))
    if resized:
        was, now = resized["from"], resized["to"]
        lines.append(
            f"the images were converted from {was[1]}x{was[0]}x{was[2]} to "
            f"{now[1]}x{now[0]}x{now[2]}: all of these need images that were converted likewise"
        )
    return lines


def _label(name: str) -> str:
    """The results of a metric, shortened to what they have in common."""
    results = list(registry.METRICS[name].better)
    return ", ".join(results) if name in ("prdc", "kid", "ms_ssim") else results[0]
