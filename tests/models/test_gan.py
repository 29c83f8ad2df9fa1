"""The plain GAN's logs (its losses and updates are in test_am_gan_golden.py)."""

from amnat.methods.am_gan.model import AMGAN
from amnat.models import GAN

import tensorflow as tf
import tiny


def test_log_names_follow_the_method_and_the_penalty():
    assert "logit_fake_rmax" in tiny.model().log_names
    assert "slope_max" in tiny.model(gradient_penalty_weight=1.0).log_names
    assert "slope_max" not in tiny.model().log_names
    assert GAN.logit_names != AMGAN.logit_names


def test_the_penalty_is_part_of_the_discriminators_loss_only():
    data = tiny.dataset()
    batch = tf.constant(data.samples[:10]), tf.constant(data.labels[:10])
    logs = tiny.model(gradient_penalty_weight=3.0).train_step(batch)
    difference = logs["loss_dis_total"] - logs["loss_dis_gan"]
    assert abs(difference - logs["loss_dis_gp"]) < 1e-5 and logs["loss_dis_gp"] > 0
    assert logs["loss_gen_total"] == logs["loss_gen_gan"]
