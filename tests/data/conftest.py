import pathlib
import random
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))


def _damage(data: bytes, rng: random.Random) -> bytes:
    """One flipped, overwritten, lost or doubled piece, or a lost end."""
    position = rng.randrange(len(data))
    length = rng.choice([1, 1, 2, 4, 16])
    head, tail = data[:position], data[position + length :]
    kind = rng.randrange(5)
    if kind == 0:
        return head + bytes([data[position] ^ (1 << rng.randrange(8))]) + data[position + 1 :]
    if kind == 1:
        return head + rng.choice([b"\xff", b"\x00", rng.randbytes(1)]) * length + tail
    if kind == 2:
        return head + tail
    if kind == 3:
        return data[: position + length] + data[position:]
    return head


@pytest.fixture
def damaged():
    """damaged(data, count) yields `count` damaged copies of `data`, always the same ones."""

    def copies(data: bytes, count: int):
        rng = random.Random(5)
        for _ in range(count):
            yield _damage(data, rng)

    return copies
