"""What a run's log.txt says: its command line, its options, its time and memory."""

from __future__ import annotations

import dataclasses
import pathlib
import re

# The options that a training prints before it starts (`amnat.training.training_call`).
_OPTION = re.compile(
    r"(data|negatives|generator|discriminator|weights from|execution|worker) {2,}(\S.*)"
)
_COMMAND = re.compile(r"command line {2}(\S.*)")
_LOGGED = re.compile(r"ITER: (\d+), .*\btime: ([\d.]+)(?:, memory: ([\d.]+|nan) MB)?")


@dataclasses.dataclass(frozen=True)
class LogRecord:
    """What a log says of its run; later lines replace earlier ones of the same iteration.

    Attributes:
      command: the command line of the last call; "" if there is none.
      options: {name: text}, as the last call printed them.
      seconds: {iteration: seconds per iteration since the line before}.
      megabytes: {iteration: resident memory of the process in 10**6 bytes}.
    """

    command: str
    options: dict[str, str]
    seconds: dict[int, float]
    megabytes: dict[int, float]

    @property
    def total_seconds(self) -> float:
        """The time of all logged iterations."""
        total, before = 0.0, 0
        for iteration, seconds in sorted(self.seconds.items()):
            total += seconds * (iteration - before)
            before = iteration
        return total


def read_log(path: pathlib.Path) -> LogRecord:
    """Reads a log.txt; the record is empty if there is none."""
    record = LogRecord("", {}, {}, {})
    if not path.is_file():
        return record
    command = ""
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        if match := _LOGGED.search(line):
            iteration = int(match[1])
            record.seconds[iteration] = float(match[2])
            if match[3] and match[3] != "nan":
                record.megabytes[iteration] = float(match[3])
        elif match := _COMMAND.fullmatch(line):
            command = match[1]
        elif match := _OPTION.fullmatch(line):
            record.options[match[1]] = match[2]
    return dataclasses.replace(record, command=command)
