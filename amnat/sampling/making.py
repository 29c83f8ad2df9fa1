"""Makes the samples that the flags of tools/sample.py ask for; needs TensorFlow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from amnat.sampling import drawing, walks
from amnat.sampling import opened as opening
from amnat.sampling.drawing import Drawn, Wanted
from amnat.sampling.opened import Opened
from amnat.sampling.output import Samples
from amnat.sheets import COLUMNS, Sheet, pair_sheet
from amnat.training.generator_sources import GeneratorSource

import numpy as np
from absl import flags

FLAGS = flags.FLAGS


def make_samples(opened: Opened, images: tuple[np.ndarray, list[str], str] | None) -> Samples:
    """Draws, translates or reconstructs as the flags say; needs TensorFlow."""
    use_ema = opening.use_ema_of(FLAGS.ema)
    if images is not None and opened.is_translator:
        return translated(opened, *images, use_ema)
    source = opening.open_generator(opened, FLAGS.batch_size, FLAGS.seed, use_ema)
    if images is not None:
        return reconstructed(opened, *images, source)
    return drawn(opened, source)


def drawn(opened: Opened, source: GeneratorSource) -> Samples:
    """Images by seed and class, or between two seeds."""
    if FLAGS.truncation:
        law, _ = walks.noise_of(source.draw, source.latents(0).shape[1])
        walks.check_truncation(law, "truncation")
    wanted = wanted_class(opened, source)
    record = base_record(opened) | {"settings": source.settings, "truncation": FLAGS.truncation}
    about = [f"class {wanted.name}"] if wanted else []
    if FLAGS.interpolate:
        seeds = walks.parse_seeds(FLAGS.interpolate)
        found = drawing.interpolate(source, seeds, FLAGS.count, wanted, FLAGS.truncation)
        about.append(f"from seed {seeds[0]} to {seeds[1]}")
        record["interpolate"] = list(seeds)
    else:
        found = drawing.draw_images(source, FLAGS.count, wanted, FLAGS.truncation)
        about.append(f"seed {FLAGS.seed}")
    if FLAGS.truncation:
        about.append(f"truncation {FLAGS.truncation:g}")
    record |= {"class": wanted.name if wanted else None, "draws": found.draws}
    say_draws(found, wanted)
    return Samples(
        found.images,
        [f"{number:05d}" for number in range(len(found.images))],
        Sheet(found.images, columns_of(len(found.images)), about=", ".join(about)),
        title_of(opened),
        {"latents": found.latents},
        record,
    )


def wanted_class(opened: Opened, source: GeneratorSource) -> Wanted | None:
    """What --class asks for; None without it."""
    text = FLAGS["class"].value
    if text is None:
        return None
    tell, count = opening.open_classes(opened, source)
    names = opened.class_names if len(opened.class_names) == count else []
    label = opening.chosen(text, names, count, "class")
    return Wanted(label, names[label] if names else str(label), tell, FLAGS.max_draws)


def say_draws(found: Drawn, wanted: Wanted | None) -> None:
    if wanted is not None:
        count = len(found.images) if not FLAGS.interpolate else 2
        print(f"class      {wanted.name}: {count} of {found.draws:,} draws", flush=True)


def translated(
    opened: Opened, images: np.ndarray, names: list[str], remark: str, use_ema: bool | None
) -> Samples:
    """The images in another domain."""
    domains = opened.class_names
    domain = opening.chosen(FLAGS.domain, domains, len(domains), "domain")
    translate = opening.open_translator(opened, use_ema)
    made = in_parts(lambda part: translate(part, domain, FLAGS.code), images)
    record = base_record(opened) | {"images": FLAGS.images, "domain": domains[domain]}
    record |= {"code": FLAGS.code, "remark": remark}
    labels = "input", f"to {domains[domain]}"
    about = f"code {FLAGS.code:g}"
    return Samples(
        made, names, pair_sheet(images, made, labels, about), title_of(opened), {}, record
    )


def reconstructed(
    opened: Opened, images: np.ndarray, names: list[str], remark: str, source: GeneratorSource
) -> Samples:
    """The images from their own latents."""
    latents, made = opening.open_encoder(opened, source)(images)
    record = base_record(opened) | {"images": FLAGS.images, "settings": source.settings}
    record |= {"remark": remark}
    sheet = pair_sheet(images, made, ("input", "reconstructed"), "")
    return Samples(made, names, sheet, title_of(opened), {"latents": latents}, record)


def in_parts(
    work: Callable[[np.ndarray], np.ndarray], images: np.ndarray, size: int = 100
) -> np.ndarray:
    """Applies a function whose results do not depend on the batch, to bounded batches."""
    return np.concatenate([work(images[i : i + size]) for i in range(0, len(images), size)])


def columns_of(count: int) -> int:
    """The columns of a sheet: 10, or a few less where they fill all rows."""
    whole = [columns for columns in range(COLUMNS, COLUMNS // 2, -1) if count % columns == 0]
    return whole[0] if whole else min(COLUMNS, count)


def base_record(opened: Opened) -> dict[str, Any]:
    return {
        "source": opening.absolute(opened.path),
        "iteration": opened.iteration,
        "ema": FLAGS.ema,
        "seed": FLAGS.seed,
    }


def title_of(opened: Opened) -> list[str]:
    """The lines of the title; the remark of the sheet follows the last one."""
    at = "" if opened.iteration is None else f"iteration {opened.iteration:,}"
    return [opened.title, at]
