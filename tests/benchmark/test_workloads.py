"""Every workload runs at its small size, on amnat's side and on PyTorch's."""

import importlib
import pathlib
import sys

from amnat.benchmark import workloads
from amnat.errors import InputError

import pytest

SLOW = ("am_gan_cifar10", "nat_gan_cifar10", "msgan_resnet_cifar10")
NAMES = [
    pytest.param(name, marks=pytest.mark.slow if name in SLOW else ()) for name in workloads.names()
]
TORCH = pathlib.Path(__file__).parent.parent.parent / "tools" / "torch_benchmark"


@pytest.mark.parametrize("name", NAMES)
def test_amnat(name):
    workload = workloads.get(name)
    assert workload.name == name and set(workload.small) <= set(workload.settings)
    settings, calls = workload.sized(small=True)
    program, done = workload.program(settings), []
    program.run(calls, done.append)
    # The rate is taken behind the first report, so there have to be three.
    assert done[0] == 0 and done[-1] == calls and len(done) >= 3 and done == sorted(done)
    step = program.step()
    assert (step is None) == (workload.floor is None)


@pytest.mark.parametrize("name", workloads.names())
def test_torch(name, monkeypatch):
    pytest.importorskip("torch")
    monkeypatch.setattr(sys, "path", [str(TORCH), *sys.path])
    workload = workloads.get(name)
    module, _, function = workload.torch.partition(":")
    call = getattr(importlib.import_module(module), function)(workload.sized(small=True)[0])
    for _ in range(3):
        call()


def test_unknown():
    with pytest.raises(InputError, match="--workloads=nothing: expected all, or some of am_gan_c"):
        workloads.get("nothing")
