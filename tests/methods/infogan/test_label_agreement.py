"""Agreement of labels and classes over training."""

import types

from amnat.data import Dataset
from amnat.methods.infogan.label_agreement import LabelAgreement
from amnat.methods.infogan.latent import InfoLatent
from amnat.methods.infogan.networks import InfoGANCritic

import numpy as np
from known_translator import attached, run_directory


def test_agreement_of_a_critic(tmp_path):
    """Classes are told by brightness; the critic has dropout, which is left out."""
    shape, num_labels = (16, 16, 1), 4
    critic = InfoGANCritic(shape, num_labels, 1, 2, seed=2).build_variables(shape)
    labels = (np.arange(50) % 2).astype(np.int32)
    samples = np.where(labels[:, None, None, None], 250, 5) * np.ones(shape, int)
    test = Dataset("bright", "test", samples.astype(np.uint8), labels, 2, ("dark", "light, too"))
    # The first label where the first unit is above 0: batch norm makes it so for one class.
    kernel = np.zeros(critic.labels.w.shape, np.float32)
    kernel[0, 0] = 1000.0
    critic.labels.w.assign(kernel)
    critic.labels.b.assign([0.0, 0.0, -1.0, -1.0])
    model = types.SimpleNamespace(discriminator=critic, latent=InfoLatent(1, num_labels, 1))
    run = run_directory(tmp_path)
    measured = attached(LabelAgreement(10, 0, run, test, 20, guided=True), model)
    measured.act(10)
    measured.act(20)
    rows = run.read_rows(run.path / "labels.csv")
    assert rows["purity"] == [1.0, 1.0] and rows["one_to_one"] == [1.0, 1.0]
    np.testing.assert_allclose(rows["mutual_information"], np.log(2), rtol=1e-6)
    assert rows["accuracy"][0] in (0.0, 1.0)
    table = (run.path / "label_classes.csv").read_text().splitlines()
    assert table[0] == "label,dark,light; too" and sorted(table[1:3])[0][2:] in ("0,25", "25,0")
    assert table[3:] == ["2,0,0", "3,0,0"]
    assert measured.summary().startswith("labels         purity 1.0000, one to one 1.0000")
    assert (run.plots / "labels.png").is_file()
    # The critic itself keeps its dropout.
    assert not critic.dropouts[0].expectation
