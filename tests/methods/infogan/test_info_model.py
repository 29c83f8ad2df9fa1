"""What InfoGAN and the translator share; their iterations are tested with them."""

from amnat.methods.infogan.info_model import InfoObjective, unique_variables
from amnat.methods.infogan.patch_networks import CriticOutputs

import info_cycle_cases as cases
import info_cycle_runs as runs
import numpy as np
import pytest
import tensorflow as tf


def test_losses_are_known_by_name():
    with pytest.raises(ValueError, match="unknown loss 'simgan', known are sim, "):
        InfoObjective(generator_loss="simgan")


def test_variables_of_several_networks_are_listed_once():
    first, second = tf.Variable(1.0), tf.Variable(1.0)
    found = unique_variables([first, second, first])
    assert len(found) == 2 and found[0] is first and found[1] is second


def test_information_and_its_weights():
    config = cases.INFOGAN | {"truth_weight": 0.5, "double_softmax": False}
    model = runs.infogan(config, "float32")
    logits = tf.constant([[2.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    space = tf.constant([[0.5, -0.5], [0.0, 1.0]])
    outputs = CriticOutputs(tf.zeros([2, 1]), space, logits)
    truth = tf.constant([[0.0, 3.0, 0.0]]), tf.constant([1])
    loss, logs = model.information_loss(outputs, tf.constant([0, 2]), tf.zeros([2, 2]), truth)

    def entropy(values, label):
        return np.log(np.exp(values).sum()) - values[label]

    label = np.mean([entropy(np.array([2, 0, 0]), 0), entropy(np.array([0, 0, 1]), 2)])
    expected = {
        "loss_info_label": label,
        "loss_info_space": (0.25 + 0.25 + 1) / 4,
        "loss_info_truth": entropy(np.array([0, 3, 0]), 1),
    }
    for name, value in expected.items():
        np.testing.assert_allclose(logs[name], value, rtol=1e-6)
    total = expected["loss_info_label"] + 0.1 * expected["loss_info_space"]
    np.testing.assert_allclose(loss, total + 0.5 * expected["loss_info_truth"], rtol=1e-6)


def test_optimizers_hold_state_for_all_they_move():
    model = runs.translator(cases.TRANSLATOR | {"critics": 2, "generators": 2}, "float32")
    counts = [len(model.generator_variables), *(len(c.trainable_variables) for c in model.critics)]
    slots = [len(optimizer.variables()) for optimizer in model.optimizer]
    # Two moments each, and a count of steps.
    assert slots[0] == 2 * counts[0] + 1
    assert slots[1] == 2 * sum(counts) + 1
    assert slots[2:] == [2 * count + 1 for count in counts[1:]]
