"""Which methods' discriminators tell classes."""

from types import SimpleNamespace

from amnat import models

import pytest


@pytest.mark.parametrize("name", models.METHODS)
def test_the_rows_of_the_papers_table(name):
    stub = SimpleNamespace(objective=models.METHODS[name])
    assert models.ClassAwareGAN.has_class_head.fget(stub) is (name not in ("gan", "wgan_gp"))


def test_the_other_methods():
    found = {name for name in models.__all__ if getattr(getattr(models, name), "has_class_head", 0)}
    found.discard("ClassAwareGAN")
    assert found == {"AMGAN", "NATGAN", "CatGAN", "NegativesAMGAN"}
