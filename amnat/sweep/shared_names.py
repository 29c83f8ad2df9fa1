"""One name each for the length, the widths and the rates of all scripts.

A flag's declaration says what it means (`amnat.training.declarations`); here a shared name becomes
the flags of one script.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Mapping
from typing import Any

from amnat.errors import InputError

# Shared name: what the declarations of its flags say that they mean.
SHARED_NAMES = {
    "length": ("iterations", "epochs"),
    "width": ("width",),
    "rate": ("rate",),
}
_VALUE = re.compile(r"(x?)(\d+\.?\d*(?:e-?\d+)?|\.\d+)", re.IGNORECASE)


@dataclasses.dataclass(frozen=True)
class Amount:
    """The value of a shared name: a number, or a factor for what a script has otherwise."""

    number: float
    is_factor: bool

    @classmethod
    def parse(cls, name: str, text: str) -> Amount:
        """Reads '2000' or 'x0.5'; raises InputError about the flag `name`."""
        match = _VALUE.fullmatch(text)
        if not match or float(match[2]) <= 0:
            raise InputError(
                f"--{name}={text}: expected a number above 0, or a factor such as x0.5"
            )
        amount = cls(float(match[2]), bool(match[1]))
        if name != "rate" and not amount.is_factor and amount.number % 1:
            raise InputError(f"--{name}={text}: expected a whole number, or a factor such as x0.5")
        return amount

    def of(self, value: Any) -> float:
        """The number for a flag that has this value otherwise."""
        return self.number * value if self.is_factor else self.number


def flags_of(name: str, description: Mapping[str, Any]) -> list[str]:
    """The names of a script's flags behind a shared name.

    Args:
      name: in SHARED_NAMES.
      description: what `amnat.sweep.describe` prints of a row.
    """
    meanings = SHARED_NAMES[name]
    return [flag for flag, each in description["flags"].items() if each["means"] in meanings]


def translate(name: str, text: str, description: Mapping[str, Any], row: str) -> list[str]:
    """The flags of a script for a shared name, [--flag=value].

    Args:
      name: in SHARED_NAMES.
      text: its value. A length is in iterations; scripts that count epochs get as many whole
        epochs as have at least so many iterations.
      description: what `amnat.sweep.describe` prints of the row.
      row: the name of the row, for errors.

    Raises: InputError.
    """
    amount, words = Amount.parse(name, text), []
    for flag in flags_of(name, description):
        known = description["flags"][flag]
        if amount.is_factor and not isinstance(known["value"], (int, float)):
            raise InputError(f"--{name}={text}: --{flag} of {row} has no number to multiply")
        number = amount.of(known["value"])
        if known["means"] == "epochs" and not amount.is_factor:
            per_epoch = description["iterations_per_epoch"]
            if not per_epoch:
                raise InputError(
                    f"--{name}={text}: {row} counts epochs of no fixed number of iterations; give "
                    f"--{flag} in its --row, or a factor such as --{name}=x0.5"
                )
            number = number / per_epoch
        if known["means"] == "epochs":
            number = math.ceil(number - 1e-9)
        shown = f"{number:g}" if name == "rate" else str(max(1, round(number)))
        words.append(f"--{flag}={shown}")
    return words


def sentence(row: str, translated: Mapping[str, tuple[str, list[str]]]) -> str:
    """What became of shared names, {name: (value, flags)}, on one line."""
    parts = [
        f"--{name}={text} is {' '.join(words)}" if words else f"--{name} has no flag there"
        for name, (text, words) in translated.items()
    ]
    return f"{row}: {'; '.join(parts)}"
