"""The translator as its flags say."""

from amnat.data import Dataset
from amnat.methods.infogan.objective import AdversarialObjective
from amnat.rng import derive_seed

import numpy as np
import tensorflow as tf
from absl import flags
from absl.testing import flagsaver
from script_runs import loaded_script

SMALL = ("--img_size=16", "--channels=1", "--width=2", "--critic_width=3", "--n_blocks=1")


def built(*arguments, small=SMALL):
    labels = (np.arange(12) % 2).astype(np.int32)
    data = Dataset("two", "train", np.zeros((12, 16, 16, 1), np.uint8), labels, 2, ("a", "b"))
    with loaded_script("info_cycle_sim_gan.py") as script, flagsaver.flagsaver():
        flags.FLAGS(["info_cycle_sim_gan.py", *small, *arguments])
        return script.build_model(data)


def test_defaults():
    model = built()
    assert len(model.generators) == len(model.critics) == 1 and model.ema_generator is None
    objective, schedule = model.objective, model.schedule
    assert (objective.generator_loss, objective.critic_loss) == ("sim", "sim")
    weights = (objective.label_weight, objective.space_weight, objective.truth_weight)
    assert weights == (0.6, 0.1, 0.4) and objective.penalty_weight == 1.0
    assert (schedule.steps_per_rollout, schedule.generator_batch) == (7, 8)
    assert (schedule.critic_batch, schedule.critic_steps, schedule.mode) == (8, 1, "redraw")
    assert (model.translation.identity_weight, model.translation.cycle_weight) == (5.0, 10.0)
    assert not (objective.double_softmax or schedule.gradient_after or schedule.as_published)
    assert float(model.g_optimizer.learning_rate) == np.float32(2e-4)


def test_every_flag_arrives():
    model = built(
        *("--loss=least_squares", "--critic_loss=wasserstein", "--n_generators=2", "--n_critics=2"),
        *("--c_batch_size=4", "--c_train_n_step=3", "--rollout_mode=pair", "--lrg=0.5"),
        *("--lrc=0.25", "--lri=0.125", "--ema_decay=0.5", "--generator_gradient=after"),
        *("--double_softmax", "--published_slips", "--lambda_identity=1", "--lambda_cycle=2"),
    )
    assert (model.objective.generator_loss, model.objective.critic_loss) == (
        "least_squares",
        "wasserstein",
    )
    assert len(model.generators) == len(model.critics) == len(model.d_optimizers) == 2
    first, second = (network.named_variables()["conv/w"].numpy() for network in model.generators)
    assert np.abs(first - second).max() > 0
    np.testing.assert_array_equal(model.ema_generator.named_variables()["conv/w"], first)
    schedule = model.schedule
    assert (schedule.critic_batch, schedule.critic_steps, schedule.mode) == (4, 3, "pair")
    assert schedule.gradient_after and schedule.as_published and model.objective.double_softmax
    rates = [float(optimizer.learning_rate) for optimizer in model.optimizer]
    assert rates == [0.5, 0.125, 0.25, 0.25]
    assert (model.translation.identity_weight, model.translation.cycle_weight) == (1.0, 2.0)


def test_networks_and_their_seeds():
    """The first of each kind has the run's seed, so a second one changes nothing in it."""
    model = built("--n_generators=2", "--n_critics=2", "--seed=5", "--space_dim=3")
    seeds = [5, derive_seed(5, "network/1")]
    common = {"image_shape": (16, 16, 1), "num_labels": 2, "space_dim": 3}
    for number, (generator, critic) in enumerate(zip(model.generators, model.critics, strict=True)):
        end = str(number) if number else ""
        assert generator.get_config() == common | {
            **{"blocks": 1, "width": 2, "name": f"generator{end}", "seed": seeds[number]}
        }
        assert critic.get_config() == common | {
            **{"downs": 2, "width": 3, "name": f"discriminator{end}", "seed": seeds[number]}
        }
    assert model.seed == 5


def test_noisy_generators_share_one_head():
    for kind, layers in (("noisy_residual", [256]), ("noisy", [512, 1024, 256])):
        words = [word for word in SMALL if kind == "noisy_residual" or "width=2" not in word]
        words = [word for word in words if kind == "noisy_residual" or "blocks" not in word]
        model = built(f"--generator={kind}", "--n_generators=2", "--ema_decay=0.5", small=words)
        first, second = (each.head.dense_layers for each in model.generators)
        assert [layer.units for layer in first] == layers
        assert first[0].w is second[0].w and first[0].noise is second[0].noise
        assert first[0].sigma is not second[0].sigma
        images = tf.zeros([2, 16, 16, 1])
        translated = model.translate(images, tf.zeros([2, 4]), tf.constant([0, 1]), 1)
        assert translated.shape == images.shape


def test_penalty_critic_and_objective():
    model = built("--gradient_penalty=wgan_gp", "--conditional_critic", "--objective=adversarial")
    assert (model.objective.penalty, model.objective.conditional) == ("wgan_gp", True)
    assert model.critics[0].form.outputs.patches.shape[1] == 2 * 2 * 2
    assert type(model.translation) is AdversarialObjective
    images = np.random.default_rng(0).uniform(-1, 1, (512, 16, 16, 1)).astype(np.float32)
    labels = np.repeat([0, 1], 256).astype(np.int32)
    logs = model.train_step((tf.constant(images[::16]), tf.constant(labels[::16])))
    assert all(np.isfinite(float(value)) for value in logs.values())
    assert logs["loss_gen_total"] == logs["loss_gen_gan"] and logs["loss_dis_gp"] > 0
