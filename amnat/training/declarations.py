"""Flags that are declared with their bounds, the conditions to act, and whether a run fixes them.

`define_integer("minibatch_dim", 5, "Entries per kernel.", fixed=True, at_least=1,
only_with="minibatch_kernels>0")` is such a declaration. The flag belongs to the calling module, and
`amnat.training.main` checks it. This module does not load TensorFlow.
"""

from __future__ import annotations

import copy
import dataclasses
import math
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from amnat.errors import IdleFlagError, InputError
from amnat.training import flag_paths
from amnat.training.flag_paths import PathKind
from amnat.training.run_directory import RunFlags, results_root

from absl import flags

FLAGS = flags.FLAGS

# The value of a flag that leaves the choice to the program.
AUTO = "auto"

# The flags belong to the calling module.
flags.disclaim_key_flags()

_CONDITION = re.compile(r"(!?)(\w+)(?:(=|!=|>)(.+))?")


@dataclasses.dataclass(frozen=True)
class Condition:
    """A condition on another flag that must hold for a flag to act.

    Attributes:
      name: the name of the other flag.
      operator: '' (the other flag is on or not empty), '!' (it is off or empty), '=' and '!=' (it
        is, or is not, one of `values`), '>' (it is larger than the only value).
      values: the values as texts.
    """

    name: str
    operator: str
    values: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Condition:
        """Reads 'name', '!name', 'name=a|b', 'name!=a|b' or 'name>0'."""
        match = _CONDITION.fullmatch(text)
        if not match or (match[1] and match[3]):
            raise ValueError(f"not a condition: {text!r}")
        values = tuple(match[4].split("|")) if match[4] else ()
        return cls(match[2], match[1] or match[3] or "", values)

    def holds(self, value: Any) -> bool:
        """Whether the condition holds for the other flag's value."""
        if self.operator in ("", "!"):
            return bool(value) == (self.operator == "")
        if self.operator == ">":
            return value is not None and value > float(self.values[0])
        return (str(value).lower() in self.values) == (self.operator == "=")

    def __str__(self) -> str:
        choices = " or ".join(self.values)
        if self.operator == "!":
            return f"no --{self.name}"
        return f"--{self.name}" + {
            "": "",
            "=": f"={choices}",
            "!=": f" other than {choices}",
            ">": f" above {choices}",
        }.get(self.operator, "")


@dataclasses.dataclass(frozen=True)
class Declaration:
    """The properties of a flag in addition to its name, type, default and help.

    Attributes:
      fixed: whether a resumed run has to keep the flag's value, because weights, data order or
        noise depend on it. Otherwise a run may go on with another value.
      at_least, more_than, at_most, below: bounds of a number; every float also has to be finite.
      only_with: conditions that all have to hold for the flag to act. If one does not hold, a value
        other than the default is refused, because it would change nothing.
      no_effect: the reason why the flag never acts, for flags that are kept for old command lines.
      replayed: whether a run's flags.txt contains the flag. It does not contain flags that say how
        to treat an earlier run.
      paths: the kind of value (`flag_paths`) if it has paths in it, else None.
      writes: whether the paths are of files that need not exist yet.
      instead_of: the flag that this one replaces where both are given.
      means: what the flag is called across scripts: 'iterations' or 'epochs' (the length of a run),
        'width', 'rate', 'method' (it chooses the method that is compared), or '' for all others.
    """

    fixed: bool
    at_least: float | None = None
    more_than: float | None = None
    at_most: float | None = None
    below: float | None = None
    only_with: tuple[Condition, ...] = ()
    no_effect: str = ""
    replayed: bool = True
    paths: PathKind | None = None
    writes: bool = False
    instead_of: str = ""
    means: str = ""

    def accepts(self, value: float) -> bool:
        """Whether a number is within the bounds."""
        return (
            math.isfinite(value)
            and (self.at_least is None or value >= self.at_least)
            and (self.more_than is None or value > self.more_than)
            and (self.at_most is None or value <= self.at_most)
            and (self.below is None or value < self.below)
        )

    @property
    def expected(self) -> str:
        """The bounds as text."""
        parts = [
            f"{word} {bound:g}"
            for word, bound in [
                *[("at least", self.at_least), ("more than", self.more_than)],
                *[("at most", self.at_most), ("less than", self.below)],
            ]
            if bound is not None
        ]
        return " and ".join(parts)


def _define(
    definition: Callable,
    name: str,
    *arguments: Any,
    only_with: str | tuple[str, ...] = (),
    rules: dict[str, Any],
) -> None:
    definition(name, *arguments)
    texts = (only_with,) if isinstance(only_with, str) else only_with
    conditions = tuple(Condition.parse(text) for text in texts)
    found = Declaration(only_with=conditions, **rules)
    FLAGS[name].declaration = found  # type: ignore[attr-defined]  # absl does not know it.
    if found.expected:
        # What --help says of the values, in brackets; absl shares a parser among flags.
        parser = FLAGS[name].parser = copy.copy(FLAGS[name].parser)
        parser.syntactic_help = f"{parser.syntactic_help}, {found.expected}"


def define_string(
    name: str,
    default: str | None,
    help: str,
    *,
    only_with: str | tuple[str, ...] = (),
    **rules: Any,
) -> None:
    """Defines a text flag; `rules` are attributes of `Declaration`, and `fixed` is required.

    `only_with` is one condition or several, in the syntax of `Condition.parse`.
    """
    _define(flags.DEFINE_string, name, default, help, only_with=only_with, rules=rules)


def define_boolean(
    name: str,
    default: bool | None,
    help: str,
    *,
    only_with: str | tuple[str, ...] = (),
    short_name: str | None = None,
    **rules: Any,
) -> None:
    """Defines a flag --name / --noname; see `define_string`."""

    def definition(*arguments: Any) -> None:
        flags.DEFINE_boolean(*arguments, short_name=short_name)

    _define(definition, name, default, help, only_with=only_with, rules=rules)


def define_integer(
    name: str,
    default: int | None,
    help: str,
    *,
    only_with: str | tuple[str, ...] = (),
    short_name: str | None = None,
    **rules: Any,
) -> None:
    """Defines a flag that is an integer; see `define_string`."""

    def definition(*arguments: Any) -> None:
        flags.DEFINE_integer(*arguments, short_name=short_name)

    _define(definition, name, default, help, only_with=only_with, rules=rules)


class _OrAuto(flags.ArgumentParser):
    """Parses 'auto', and everything else as another parser does."""

    def __init__(self, parser: flags.ArgumentParser):
        super().__init__()
        self.parser = parser
        self.syntactic_help = f"{parser.syntactic_help or 'true, false'} or {AUTO}"

    def parse(self, argument: Any) -> Any:
        return AUTO if argument == AUTO else self.parser.parse(argument)

    def flag_type(self) -> str:
        return f"{self.parser.flag_type()} or {AUTO}"


class _Switch(flags.Flag):
    """A boolean flag with a third value, 'auto', which is written --name=auto."""

    def _serialize(self, value: Any) -> str:
        return f"--{self.name}={AUTO}" if value == AUTO else super()._serialize(value)


def define_switch(name: str, help: str, **rules: Any) -> None:
    """Defines a flag --name / --noname / --name=auto, by default auto; see `define_string`."""

    def definition(name: str, help: str) -> None:
        parser = _OrAuto(flags.BooleanParser())
        serializer: flags.ArgumentSerializer[Any] = flags.ArgumentSerializer()
        flags.DEFINE_flag(_Switch(parser, serializer, name, AUTO, help, boolean=True))

    _define(definition, name, help, rules=rules)


class _FolderOrSwitch(flags.ArgumentParser):
    """Parses what a boolean flag takes, and takes everything else as the path of a folder."""

    syntactic_help = "a folder, or true, false"

    def parse(self, argument: Any) -> Any:
        if isinstance(argument, bool):
            return argument
        if not argument:
            raise ValueError("expected the folder of a run")
        try:
            return flags.BooleanParser().parse(argument)
        except ValueError:
            return argument

    def flag_type(self) -> str:
        return "folder or bool"


class FolderSwitch(flags.Flag):
    """A boolean flag that also takes a folder, which is written --name=FOLDER."""


def define_resume(short_name: str | None = None) -> None:
    """Defines --resume=FOLDER, which `resumption` explains, also as --resume without a folder."""

    def definition(name: str, help: str) -> None:
        parser = _FolderOrSwitch()
        serializer: flags.ArgumentSerializer = flags.ArgumentSerializer()
        flag = FolderSwitch(parser, serializer, name, False, help, short_name, boolean=True)
        flags.DEFINE_flag(flag)

    text = (
        "Go on with the run in this folder: with the flags of its flags.txt and those given beside "
        "it, from its newest checkpoint. Without a folder: with the run that the flags name."
    )
    _define(definition, "resume", text, rules={"fixed": False, "replayed": False})


def define_count(name: str, help: str, **rules: Any) -> None:
    """Defines a flag that is an integer or, by default, 'auto'; see `define_string`."""

    def definition(name: str, help: str) -> None:
        parser = _OrAuto(flags.IntegerParser())
        serializer: flags.ArgumentSerializer[Any] = flags.ArgumentSerializer()
        flags.DEFINE_flag(flags.Flag(parser, serializer, name, AUTO, help))

    _define(definition, name, help, rules=rules)


def define_float(
    name: str,
    default: float | None,
    help: str,
    *,
    only_with: str | tuple[str, ...] = (),
    **rules: Any,
) -> None:
    """Defines a flag that is a finite number; see `define_string`."""
    _define(flags.DEFINE_float, name, default, help, only_with=only_with, rules=rules)


def define_enum(
    name: str,
    default: str | None,
    values: Sequence[str],
    help: str,
    *,
    only_with: str | tuple[str, ...] = (),
    case_sensitive: bool = True,
    **rules: Any,
) -> None:
    """Defines a flag that is one of `values`; see `define_string`.

    If it is not `case_sensitive`, its value is spelled as in `values`, however it was given.
    """

    def definition(*arguments: Any) -> None:
        flags.DEFINE_enum(*arguments, case_sensitive=case_sensitive)

    _define(definition, name, default, values, help, only_with=only_with, rules=rules)


def define_list(
    name: str,
    default: list[str] | None,
    help: str,
    *,
    only_with: str | tuple[str, ...] = (),
    **rules: Any,
) -> None:
    """Defines a flag that is a comma-separated list; see `define_string`."""
    _define(flags.DEFINE_list, name, default, help, only_with=only_with, rules=rules)


def define_run_flags(
    names: RunFlags,
    tag: str,
    tag_help: str = "Tag of the run, the first part of its folder's name.",
) -> None:
    """Defines the flags that say where a script's runs lie, and which one to resume.

    Args:
      names: of the flags.
      tag: default of the tag.
      tag_help: help text of the tag.
    """
    define_string(names.tag, tag, tag_help, fixed=False)
    if names.resume != "resume":
        define_boolean(
            names.resume,
            False,
            "Resume the run from its newest checkpoint, as --resume does.",
            fixed=False,
            replayed=False,
        )
    define_string(
        names.result_dir,
        f"{results_root() / 'result'}/",
        "Folder that holds the runs.",
        fixed=False,
        paths=flag_paths.whole,
        writes=True,
    )


def declaration(name: str) -> Declaration | None:
    """The declaration of a flag, or None if it was defined without one."""
    return getattr(FLAGS[name], "declaration", None)


def spelled_out(flag: flags.Flag) -> str:
    """The line of a flagfile for a flag, with absolute paths where they are of files."""
    found = declaration(flag.name)
    if found is None or found.paths is None or not flag.value:
        return flag.serialize()
    kind = found.paths
    change = flag_paths.absolute if found.writes else flag_paths.absolute_if_found
    changed = copy.deepcopy(flag)
    if isinstance(flag.value, list):
        changed.value = [kind(item, change) for item in flag.value]
    else:
        changed.value = kind(flag.value, change)
    return changed.serialize()


def same_value(name: str, first: str, second: str) -> bool:
    """Whether two recorded values of a flag, as texts, mean the same."""
    found = declaration(name)
    if first == second or found is None or found.paths is None:
        return first == second
    parts = first.split(","), second.split(",")
    equal_length = len(parts[0]) == len(parts[1])
    kind = found.paths
    return equal_length and all(flag_paths.same(*pair, kind) for pair in zip(*parts, strict=True))


def check(names: Iterable[str], effective: Callable[[str], Any]) -> list[str]:
    """Checks flags against their declarations.

    Args:
      names: the names of the flags.
      effective: name -> effective value, for conditions: the value of the flag, or the default that
        the script derives if the flag was not given.

    Returns: sentences about given flags that never act.
    Raises: InputError about the first flag that is out of bounds, or IdleFlagError about the first
      one that would change nothing.
    """
    all_flags = [(FLAGS[name], declaration(name)) for name in names]
    known = [(flag, found) for flag, found in all_flags if found is not None]
    for flag, found in known:
        if isinstance(flag.value, (int, float)) and not found.accepts(flag.value):
            kind = "a number of " if flag.flag_type() == "float" else ""
            expected = found.expected or "a finite number"
            raise InputError(f"--{flag.name}={flag.value}: expected {kind}{expected}")
    given = [(flag, found) for flag, found in known if flag.value != flag.default]
    for flag, found in given:
        for condition in found.only_with:
            value = effective(condition.name)
            if not condition.holds(value):
                other = _spelled(FLAGS[condition.name], value)
                said = f"{_spelled(flag)}: changes nothing with {other}; it needs {condition}"
                raise IdleFlagError(flag.name, said)
    return [
        f"{_spelled(flag)} has no effect: {found.no_effect}"
        for flag, found in given
        if found.no_effect
    ]


def refuse_idle(name: str, acts: bool, needs: str) -> None:
    """Raises IdleFlagError if a flag does not act and has a value other than its default.

    It is for cases that cannot be expressed as conditions on other flags.

    Args:
      name: the name of the flag.
      acts: whether the flag acts.
      needs: text that says what the flag needs.
    """
    flag = FLAGS[name]
    if not acts and flag.value != flag.default:
        raise IdleFlagError(name, f"{_spelled(flag)}: changes nothing here; it needs {needs}")


def _spelled(flag: flags.Flag, *values: Any) -> str:
    """A flag with its value, as on a command line."""
    value = values[0] if values else flag.value
    if isinstance(value, bool):
        return f"--{'' if value else 'no'}{flag.name}"
    shown = ",".join(map(str, value)) if isinstance(value, list) else value
    return f"--{flag.name}={'' if shown is None else shown}"
