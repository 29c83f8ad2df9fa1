"""Pairs of numbers on the command line, which specify the toy experiments' distributions."""

from __future__ import annotations

import math

from amnat.errors import InputError


def parse_pairs(text: str, flag: str, form: str) -> list[tuple[float, float]]:
    """Reads `A:B` separated by commas; an empty text contains none.

    Args:
      text: the flag's value.
      flag: its name, for errors.
      form: what a pair means, with B last, such as "MEAN:STDDEV".

    Raises:
      InputError: another form, a number that is not finite, or a B that is not positive.
    """
    pairs = []
    for part in text.split(",") if text.strip() else []:
        try:
            first, second = (float(number) for number in part.split(":"))
            good = math.isfinite(first) and math.isfinite(second) and second > 0
        except ValueError:
            good = False
        if not good:
            second_name = form.partition(":")[2]
            raise InputError(
                f"--{flag}={text}: found '{part}', expected {form},... with {second_name} > 0"
            )
        pairs.append((first, second))
    return pairs
