"""Makes the golden numbers of the AM-GAN paper's comparison.

    python tests/golden/make_am_gan_reproduce.py --out FOLDER

Needs numpy and PyTorch (CPU is enough; install it separately, amnat does not depend on it).
README.md beside this file says what each file holds.
"""

import argparse
import pathlib

import am_gan_golden
import am_gan_reproduce_cases as cases
import am_gan_reproduce_reference as reference
import torch


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=pathlib.Path, required=True, help="folder for the .npz files")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    for name in cases.CASES:
        arrays = reference.Trainer(cases.config_of(name)).run()
        am_gan_golden.save(f"reproduce_{name}", arrays, out)
    arrays = reference.initialization(cases.config_of("am_gan_predefined"))
    am_gan_golden.save("reproduce_initialization", arrays, out)


if __name__ == "__main__":
    main()
