"""The study of seeds: it goes on where it stopped, and a seed is one seed wherever it runs."""

from amnat.errors import InputError
from amnat.methods.toys import nat_1d_study
from amnat.methods.toys.nat_1d_study import Settings, Study

import pytest

SETTINGS = Settings(num_steps=4, measure_every=2, compiled=False)
METHOD = "NAT-GAN, 1 negative"


def test_interrupted_and_whole(tmp_path, monkeypatch):
    monkeypatch.setattr(nat_1d_study, "METHODS", {METHOD: nat_1d_study.METHODS[METHOD]})
    lines = []
    whole = Study(tmp_path / "whole", SETTINGS)
    whole.run([0, 1], lines.append)
    assert len(lines) == 2
    Study(tmp_path / "parts", SETTINGS).run([1], lines.append)
    parts = Study(tmp_path / "parts", SETTINGS)
    parts.run([0, 1], lines.append)
    assert len(lines) == 4

    def ordered(study):
        return sorted(study.rows, key=lambda row: int(row["seed"]))

    texts = [[{k: str(v) for k, v in row.items()} for row in ordered(s)] for s in (whole, parts)]
    assert texts[0] == texts[1]
    assert texts[0][0]["final_mean"] != texts[0][1]["final_mean"]
    table = parts.write_report()
    assert table.count("\n") == 2 and "/2 |" in table
    assert (tmp_path / "parts" / "study.png").stat().st_size > 1000
    with pytest.raises(InputError, match="other settings"):
        Study(tmp_path / "parts", Settings(num_steps=6, measure_every=2))
