"""Which methods' discriminators tell classes."""

import importlib
import pkgutil
from types import SimpleNamespace

from amnat import methods
from amnat.methods.am_gan_paper.model import ClassAwareGAN
from amnat.methods.am_gan_paper.objective import METHODS
from amnat.models import GANModel

import pytest


@pytest.mark.parametrize("name", METHODS)
def test_the_rows_of_the_papers_table(name):
    stub = SimpleNamespace(objective=METHODS[name])
    assert ClassAwareGAN.has_class_head.fget(stub) is (name not in ("gan", "wgan_gp"))


def test_the_other_methods():
    for module in pkgutil.walk_packages(methods.__path__, f"{methods.__name__}."):
        importlib.import_module(module.name)
    known, new = set(), {GANModel}
    while new:
        known |= new
        new = {sub for cls in new for sub in cls.__subclasses__()} - known
    # Other tests have methods of their own.
    ours = {cls for cls in known if cls.__module__.startswith("amnat.")}
    found = {cls.__name__ for cls in ours if getattr(cls, "has_class_head", 0)}
    found -= {"ClassAwareGAN", "PacedGAN"}
    assert found == {"AMGAN", "NATGAN", "CatGAN", "NegativesAMGAN", "SemiSupervisedGAN"}
