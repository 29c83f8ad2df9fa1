"""Which methods' discriminators tell classes."""

import importlib
import pkgutil
from types import SimpleNamespace

from amnat import models
from amnat.models import GANModel
from amnat.models.class_aware_gan import ClassAwareGAN
from amnat.models.class_aware_objective import METHODS

import pytest


@pytest.mark.parametrize("name", METHODS)
def test_the_rows_of_the_papers_table(name):
    stub = SimpleNamespace(objective=METHODS[name])
    assert ClassAwareGAN.has_class_head.fget(stub) is (name not in ("gan", "wgan_gp"))


def test_the_other_methods():
    for module in pkgutil.iter_modules(models.__path__, f"{models.__name__}."):
        importlib.import_module(module.name)
    known, new = set(), {GANModel}
    while new:
        known |= new
        new = {sub for cls in new for sub in cls.__subclasses__()} - known
    # Other tests have methods of their own.
    ours = {cls for cls in known if cls.__module__.startswith("amnat.")}
    found = {cls.__name__ for cls in ours if getattr(cls, "has_class_head", 0)}
    found.discard("ClassAwareGAN")
    assert found == {"AMGAN", "NATGAN", "CatGAN", "NegativesAMGAN", "SemiSupervisedGAN"}
