"""Negatives in the training of a classifier: what is drawn, the update by hand, exact resume."""

import collections
import os
import signal

from amnat import data
from amnat.classifiers import training as classifier_training
from amnat.classifiers.augmentation import augmented
from amnat.classifiers.negatives import NegativeBatches, nat_options, network_images, parse_counts
from amnat.classifiers.options import ClassifierOptions, learning_rate, run_settings
from amnat.classifiers.run_directory import ClassifierRun
from amnat.classifiers.training import standardisation, train_classifier
from amnat.data.negatives import Negatives, gaussian_noise
from amnat.errors import InputError

import numpy as np
import pytest

PLAIN = ClassifierOptions(
    epochs=2,
    batch_size=20,
    learning_rate=0.05,
    augment="none",
    seed=5,
    momentum="plain",
    schedule="cosine_epochs",
)
STATISTICS = {"mean": [0.0], "variance": [1.0]}
# Each image has one brightness, which says which one it is.
NUMBERED = Negatives("a", np.full((40, 32, 32, 1), 0, np.uint8) + np.arange(40, dtype=np.uint8)[
    :, None, None, None
])  # fmt: skip
NOISE = Negatives("noise", gaussian_noise(60, (32, 32, 1)))


def drawn_rows(batch):
    """The numbers of the images of a batch from `NUMBERED`."""
    return [round(value) for value in batch[:, 0, 0, 0] * 128 + 127.5]


def test_numbers_and_choice_of_negatives():
    batches = NegativeBatches([NUMBERED], 5, 25)
    sizes, rows = collections.Counter(), collections.Counter()
    for iteration in range(2000):
        batch = drawn_rows(batches.draw(iteration, PLAIN, **STATISTICS))
        assert len(set(batch)) == len(batch)
        sizes[len(batch)] += 1
        rows.update(batch)
    # 21 sizes, 95 of each expected with a standard deviation of 9.5; 750 of each row, below 22.
    assert sorted(sizes) == list(range(5, 26))
    assert all(50 <= count <= 140 for count in sizes.values())
    assert sorted(rows) == list(range(40))
    assert all(660 <= count <= 840 for count in rows.values())


def test_draws_depend_on_seed_and_step_alone():
    batches = NegativeBatches([NUMBERED, NOISE], 10, 20)
    first, second = (batches.draw(7, PLAIN, **STATISTICS) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    other_seed = ClassifierOptions(augment="none", seed=6)
    for changed in (
        batches.draw(8, PLAIN, **STATISTICS),
        batches.draw(7, other_seed, **STATISTICS),
    ):
        assert changed.shape != first.shape or not np.array_equal(changed, first)


def test_every_nth_batch():
    batches = NegativeBatches([NUMBERED], 3, 3, every=10)
    sizes = [len(batches.draw(step, PLAIN, **STATISTICS)) for step in range(21)]
    assert sizes == [3, *[0] * 9, 3, *[0] * 9, 3]
    assert batches.draw(1, PLAIN, **STATISTICS).shape == (0, 32, 32, 1)
    assert str(batches) == "a: 40 samples, 3 in a batch, every 10 batches"
    assert batches.settings["negatives_per_batch"] == "3"
    assert batches.settings["negative_every"] == 10


def test_all_sources_and_their_units():
    """Images are scaled and augmented; noise is N(0, 1) once the classifier has standardised."""
    photos = Negatives("photos", np.random.default_rng(0).integers(0, 256, (30, 32, 32, 1), "u1"))
    batches = NegativeBatches([photos, NOISE], 90, 90)
    statistics = {"mean": [-0.4], "variance": [0.25]}
    batch = batches.draw(0, PLAIN, **statistics)
    assert batch.shape == (90, 32, 32, 1) and batch.dtype == np.float32
    expected = [(photos.samples.astype(np.float64) - 127.5) / 128, 0.5 * NOISE.samples - 0.4]
    for found, wanted in zip((batch[:30], batch[30:]), expected, strict=True):
        order = np.argsort(found[:, 3, 4, 0]), np.argsort(wanted[:, 3, 4, 0])
        np.testing.assert_allclose(found[order[0]], wanted[order[1]], rtol=1e-6, atol=1e-6)

    shifts = ClassifierOptions(augment="shift", max_shift=2, seed=5)
    shifted = batches.draw(0, shifts, **statistics)
    assert not np.isclose(shifted[:30], batch[:30]).all(axis=(1, 2, 3)).all()
    np.testing.assert_array_equal(shifted[30:], batch[30:])
    assert network_images(photos.samples, [9.0], [9.0]).max() < 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((5, 41), "--negatives_per_batch=5:41: expected 1 to 40, the number of negatives in a"),
        ((0, 0), "--negatives_per_batch=0: expected 1 to 40"),
        ((5, 5, 0), "--negative_every=0: expected at least 1"),
    ],
)
def test_bad_batches(arguments, message):
    with pytest.raises(InputError, match=message):
        NegativeBatches([NUMBERED], *arguments)


def test_counts():
    assert parse_counts("5:25") == (5, 25)
    assert parse_counts("8") == (8, 8)
    for text in ("", "0", "9:5", "-1", "1:", "5-25", "1.5", "0:3", "1:2:3"):
        with pytest.raises(InputError, match=f"--negatives_per_batch={text}: expected a number"):
            parse_counts(text)


def test_the_recipe_of_pytorch_cifar():
    """Batch, epochs, rate, weight decay, momentum, padding of kuangliu/pytorch-cifar, main.py."""
    colour = images("photos", (3, 32, 32, 3))
    assert nat_options("resnet18", colour, seed=3, learning_rate=None) == ClassifierOptions(
        epochs=200,
        batch_size=128,
        learning_rate=0.1,
        schedule="cosine_epochs",
        augment="crop_mirror",
        max_shift=4,
        weight_decay=5e-4,
        seed=3,
        momentum="plain",
        standardise="images",
    )
    assert nat_options("densenet", colour) == nat_options("resnet18", colour)
    grey = nat_options("small", images("grey", (3, 32, 32, 1)), learning_rate=0.3)
    assert (grey.augment, grey.max_shift, grey.epochs, grey.learning_rate) == ("shift", 2, 30, 0.3)


def images(name, shape):
    samples = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    labels = np.zeros(shape[0], np.int32)
    return data.Dataset(name, "train", samples, labels, 1, ("x",))


def test_the_cosine_of_pytorch():
    """CosineAnnealingLR(T_max=epochs), stepped once per epoch."""
    for epochs in (7, 49, 200):
        options = ClassifierOptions(epochs=epochs, schedule="cosine_epochs", learning_rate=0.2)
        for epoch in range(epochs):
            expected = 0.1 * (1 + np.cos(np.pi * epoch / epochs))
            for step in (0, 1, 61):
                progress = (epoch + step / 62) / epochs
                assert learning_rate(options, progress) == pytest.approx(expected, abs=1e-12)


def test_crops_have_black_margins():
    samples = np.random.default_rng(0).integers(1, 256, (400, 6, 5, 3)).astype(np.uint8)
    options = ClassifierOptions(augment="crop_mirror", max_shift=1)
    found = collections.Counter()
    for image, changed in zip(
        samples, augmented(samples, options, np.random.default_rng(0)), strict=True
    ):
        padded = np.pad(image, ((1, 1), (1, 1), (0, 0)))
        candidates = {
            (mirrored, y, x): padded[y : y + 6, x : x + 5][:, :: -1 if mirrored else 1]
            for mirrored in (False, True)
            for y in range(3)
            for x in range(3)
        }
        (change,) = [key for key, value in candidates.items() if np.array_equal(value, changed)]
        found[change] += 1
    assert len(found) == 18


def test_standardisation_by_images():
    dataset = images("photos", (50, 4, 6, 3))
    options = ClassifierOptions(standardise="images")
    mean, variance = standardisation(dataset, options)
    scaled = (dataset.samples.astype(np.float64) - 127.5) / 128
    np.testing.assert_allclose(mean, scaled.mean(axis=(0, 1, 2)))
    np.testing.assert_allclose(np.sqrt(variance), scaled.std(axis=(1, 2)).mean(axis=0))


def test_standardisation_of_cifar10(real_data_dir):
    """The constants of main.py, which are of the 50,000 training images, here of what is there."""
    options = ClassifierOptions(standardise="images")
    mean, variance = standardisation(data.load("cifar10", real_data_dir), options)
    np.testing.assert_allclose((mean * 128 + 127.5) / 255, [0.4914, 0.4822, 0.4465], atol=0.005)
    np.testing.assert_allclose(np.sqrt(variance) * 128 / 255, [0.2023, 0.1994, 0.2010], atol=0.002)


@pytest.fixture(scope="module")
def digits():
    train, test = (data.load("digits", split=split) for split in ("train", "test"))
    return train.subset(slice(0, 90)), test.subset(slice(0, 60))


def test_the_update_with_negatives(digits):
    """v <- 0.9 v + g + decay * w; w <- w - rate * v with g of the NAT loss, written out."""
    options = ClassifierOptions(**vars(PLAIN) | {"weight_decay": 0.3})
    sources = NegativeBatches([NOISE], 1, 3)
    trainer = classifier_training._Trainer("small", digits[0], options, sources)
    weights = [v.numpy().astype(np.float64) for v in trainer.model.trainable_variables]
    velocities = [np.zeros_like(w) for w in weights]
    for rate, rows, count in ((0.1, slice(0, 20), 3), (0.02, slice(20, 40), 0)):
        batch = digits[0].subset(rows)
        negatives = NOISE.samples[:count]
        gradients = nat_gradients(trainer.model, batch, negatives)
        trainer.rate.assign(rate)
        trainer._step(batch.samples, batch.labels, negatives)
        for i, gradient in enumerate(gradients):
            velocities[i] = 0.9 * velocities[i] + gradient + 0.3 * weights[i]
            weights[i] -= rate * velocities[i]
        for variable, expected in zip(trainer.model.trainable_variables, weights, strict=True):
            np.testing.assert_allclose(variable, expected, rtol=1e-3, atol=2e-5)


def nat_gradients(model, batch, negatives):
    """Of the sum of -log p_label over positives and of KL(uniform || p) over negatives, divided
    by the size of the batch; the model is then as before."""
    import tensorflow as tf

    before = model.get_weights()
    inputs = np.concatenate([batch.images, negatives])
    with tf.GradientTape() as tape:
        log_p = tf.nn.log_softmax(model(inputs, training=True)["logits"])
        positive = -tf.reduce_sum(tf.gather(log_p[:20], batch.labels, batch_dims=1))
        negative = tf.reduce_sum(0.1 * (np.log(0.1) - log_p[20:]))
        loss = (positive + negative) / len(inputs)
    model.set_weights(before)
    return [g.numpy().astype(np.float64) for g in tape.gradient(loss, model.trainable_variables)]


def exposure_gradients(model, batch, negatives, is_binary):
    """Of the mean loss of the positives plus half of that of the negatives, which pass the network
    alone; the model is then as before."""
    import tensorflow as tf

    before = model.get_weights()

    def losses(samples, targets):
        logits = model(samples, training=True)["logits"]
        if is_binary:
            p = tf.sigmoid(logits)
            terms = targets * tf.math.log(p) + (1 - targets) * tf.math.log(1 - p)
            return -tf.reduce_mean(terms, axis=1)
        return -tf.reduce_sum(targets * tf.nn.log_softmax(logits), axis=1)

    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(losses(batch.images, np.eye(10, dtype="f4")[batch.labels]))
        if len(negatives):
            even = np.full((len(negatives), 10), 0.1, np.float32)
            loss += 0.5 * tf.reduce_mean(losses(negatives, even))
    model.set_weights(before)
    return [g.numpy().astype(np.float64) for g in tape.gradient(loss, model.trainable_variables)]


def moving_averages(model):
    return [v.numpy() for v in model.non_trainable_variables if "moving_" in v.name]


@pytest.mark.parametrize(
    "loss", ["binary_cross_entropy", pytest.param("cross_entropy", marks=pytest.mark.slow)]
)
def test_the_update_of_outlier_exposure(digits, loss):
    """Also in a step without negatives; the moving averages are those of the positives."""
    options = ClassifierOptions(**vars(PLAIN) | {"weight_decay": 0.0, "loss": loss})
    sources = NegativeBatches([NOISE], 3, 3, every=2, weight=0.5, apart=True)
    trainer = classifier_training._Trainer("small", digits[0], options, sources)
    weights = [v.numpy().astype(np.float64) for v in trainer.model.trainable_variables]
    velocities = [np.zeros_like(w) for w in weights]
    trainer.rate.assign(0.1)
    for rows, count in ((slice(0, 20), 3), (slice(20, 40), 0)):
        batch, negatives = digits[0].subset(rows), NOISE.samples[:count]
        is_binary = loss == "binary_cross_entropy"
        gradients = exposure_gradients(trainer.model, batch, negatives, is_binary)
        before = trainer.model.get_weights()
        trainer.model(batch.images, training=True)
        averages = moving_averages(trainer.model)
        trainer.model.set_weights(before)
        if count:
            trainer._step(batch.samples, batch.labels, negatives)
        else:
            trainer._step_without(batch.samples, batch.labels)
        for i, gradient in enumerate(gradients):
            velocities[i] = 0.9 * velocities[i] + gradient
            weights[i] -= 0.1 * velocities[i]
        for variable, expected in zip(trainer.model.trainable_variables, weights, strict=True):
            np.testing.assert_allclose(variable, expected, rtol=1e-3, atol=2e-5)
        for average, expected in zip(moving_averages(trainer.model), averages, strict=True):
            np.testing.assert_allclose(average, expected, rtol=1e-4, atol=1e-6)
    assert all(np.isfinite(weight).all() for weight in trainer.model.get_weights())


def test_negatives_apart_have_statistics_of_their_own(digits):
    """The moving averages are those of the positives alone."""
    import tensorflow as tf

    found = {}
    for apart in (False, True):
        sources = NegativeBatches([NOISE], 20, 20, apart=apart)
        trainer = classifier_training._Trainer("small", digits[0], PLAIN, sources)
        images, negatives = (tf.constant(x[:20]) for x in (digits[0].images, NOISE.samples))
        logits = trainer._logits(images, negatives)
        found[apart] = logits.numpy()
        if apart:
            moving = [v.numpy() for v in trainer.model.non_trainable_variables]
            other = classifier_training._Trainer("small", digits[0], PLAIN)
            other.model(images, training=True)
            expected = [v.numpy() for v in other.model.non_trainable_variables]
            for one, same in zip(moving, expected, strict=True):
                np.testing.assert_array_equal(one, same)
            alone = [trainer.model(x, training=True)["logits"] for x in (images, negatives)]
            np.testing.assert_array_equal(logits, np.concatenate(alone))
    assert np.abs(found[False] - found[True]).max() > 0.1


def test_bad_weights_and_too_few_negatives_for_the_devices():
    for weight in (0, -1.0, float("nan")):
        with pytest.raises(InputError, match="--negative_weight=.*: expected a number of more"):
            NegativeBatches([NUMBERED], 1, 2, weight=weight)
    apart = NegativeBatches([NUMBERED], 1, 4, weight=0.5, apart=True)
    assert str(apart) == "a: 40 samples, 1:4 in every batch, weight 0.5, in batches of their own"
    with pytest.raises(InputError, match="batch=1:4: expected at least one for each of the 2 dev"):
        classifier_training.check_replicas(PLAIN, 2, apart)
    classifier_training.check_replicas(PLAIN, 2, NegativeBatches([NUMBERED], 1, 4))


@pytest.mark.parametrize("changed", [{"weight": 0.5}, {"apart": True}])
def test_a_run_of_an_earlier_version_resumes_with_its_loss_alone(digits, tmp_path, changed):
    """It recorded neither the loss nor the weight, which were those of today's defaults."""
    plain = NegativeBatches([NUMBERED], 2, 6)
    settings = run_settings("small", digits[0], PLAIN) | plain.settings
    added = ("loss", "negative_weight", "negatives_apart")
    run = ClassifierRun(tmp_path)
    run.create({name: value for name, value in settings.items() if name not in added})
    run.checkpoints.joinpath("ckpt-1.json").touch()
    run._check_settings(settings)
    other = settings | NegativeBatches([NUMBERED], 2, 6, **changed).settings
    with pytest.raises(InputError, match=f"has negative.*{'None' if 'weight' in changed else 'F'}"):
        run._check_settings(other)
    binary = ClassifierOptions(**vars(PLAIN) | {"loss": "binary_cross_entropy"})
    other = settings | run_settings("small", digits[0], binary)
    with pytest.raises(InputError, match="has loss cross_entropy, not binary_cross_entropy"):
        run._check_settings(other)


def trained(folder, digits, negatives, resume=False):
    run = ClassifierRun(folder)
    settings = run_settings("small", digits[0], PLAIN) | negatives.settings
    start, _ = run.open(settings, resume)
    run.create(settings, start)
    return train_classifier(
        "small", *digits, PLAIN, run, start, progress=False, negatives=negatives
    )


def test_a_stopped_run_resumes_as_if_it_had_not(digits, tmp_path, monkeypatch):
    negatives = NegativeBatches([NUMBERED, NOISE], 2, 6, every=2)
    whole = trained(tmp_path / "whole", digits, negatives)
    assert whole.classifier.metadata["negatives"] == ["a", "noise"]
    steps = []

    def stop_in_epoch_2(batches, iteration, *arguments, **statistics):
        steps.append(iteration)
        if iteration == 6:
            os.kill(os.getpid(), signal.SIGTERM)
        return draw(batches, iteration, *arguments, **statistics)

    draw = NegativeBatches.draw
    with monkeypatch.context() as patch:
        patch.setattr(NegativeBatches, "draw", stop_in_epoch_2)
        stopped = trained(tmp_path / "run", digits, negatives)
    assert (stopped.epochs, steps) == (1, list(range(7)))
    resumed = trained(tmp_path / "run", digits, negatives, resume=True)
    assert resumed.test_accuracy == whole.test_accuracy
    pairs = zip(
        whole.classifier.model.get_weights(), resumed.classifier.model.get_weights(), strict=True
    )
    assert all(np.array_equal(one, other) for one, other in pairs)
    other = NegativeBatches([NUMBERED, NOISE], 2, 7, every=2)
    with pytest.raises(InputError, match="has negatives_per_batch 2:6, not 2:7"):
        trained(tmp_path / "run", digits, other, resume=True)
