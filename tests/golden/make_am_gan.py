"""Makes the golden numbers of the AM-GAN port: python tests/golden/make_am_gan.py --out FOLDER

Needs numpy and PyTorch (CPU is enough; install it separately, amnat does not depend on it). The
inputs come from numpy's frozen RandomState, so they are always the same; results may differ in the
last digits between machines. README.md beside this file says what each file holds.
"""

import argparse
import pathlib

import am_gan_golden
import am_gan_iterations
import am_gan_layers
import am_gan_optimizers
import torch


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=pathlib.Path, required=True, help="folder for the .npz files")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    for name, module in (("layers", am_gan_layers), ("optimizers", am_gan_optimizers)):
        config, arrays = module.make()
        am_gan_golden.save(name, arrays, out, config)
    for name in am_gan_iterations.CASES:
        config, arrays = am_gan_iterations.make(name)
        am_gan_golden.save(name, arrays, out, config, am_gan_iterations.base_of(name))


if __name__ == "__main__":
    main()
