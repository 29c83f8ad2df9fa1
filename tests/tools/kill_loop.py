"""Kills a training script again and again, and resumes it: python kill_loop.py SCRIPT KILLS ARGS...

ARGS are the script's flags; {folder} in them stands for <name of the run>, one that is never
killed and one that is. A run is killed at file operations and at moments that are drawn with a
fixed seed, so early that most of the kills come before its end. Every try is a fork of this
process, which has loaded TensorFlow but not started it.
"""

import json
import os
import pathlib
import random
import signal
import sys
import threading
import time

from amnat.training.main import FLAGS, Script, load_tensorflow, parse

from script_runs import loaded_script

# What a file operation is to Python's audit hooks.
FILE_EVENTS = ("open", "os.rename", "os.remove", "os.truncate", "os.mkdir")


# Of a run that is killed; a checkpoint takes about ten file operations.
MOST_OPERATIONS = 60


class Watch:
    """Counts the file operations below a folder and ends this process when it is told to.

    Args:
      folder: of the run.
      number: ends with this file operation, before it is done; None: does not.
      seconds: ends so long after the first file operation; None: does not.
    """

    def __init__(self, folder, number=None, seconds=None):
        self.folder, self.number, self.seconds = str(folder), number, seconds
        self.seen, self.since = 0, None
        sys.addaudithook(self._audit)

    def _audit(self, event, arguments):
        if event in FILE_EVENTS and str(arguments[0]).startswith(self.folder):
            self.seen += 1
            if self.seen == self.number:
                _kill()
            if self.seen == 1:
                self.since = time.monotonic()
                if self.seconds is not None:
                    threading.Timer(self.seconds, _kill).start()


def _kill():
    os.kill(os.getpid(), signal.SIGKILL)


def start(module, arguments, log, folder, record=None, **fault):
    """Forks and runs the script in the child, with a fault of `Watch`; its process id.

    `record`: the file that gets the file operations and the seconds from the first one to the end.
    """
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        with open(log, "ab", buffering=0) as file:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
        # As absl knows the module whose flags are recorded in flags.txt.
        sys.argv[:] = [module.__name__, *arguments]
        parse(sys.argv)
        watch = Watch(folder, **fault)
        status = (module.call if isinstance(module, Script) else module.main)() or 0
        if record:
            numbers = {"operations": watch.seen, "seconds": time.monotonic() - watch.since}
            record.write_text(json.dumps(numbers))
        sys.stdout.flush()
    except BaseException:
        import traceback

        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(status)


def finish(child):
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def main():
    name, kills = sys.argv[1], int(sys.argv[2])
    folder, arguments = pathlib.Path(sys.argv[3]), sys.argv[4:]
    load_tensorflow()
    rng = random.Random(7)
    killed = 0
    with loaded_script(name) as module:
        FLAGS.set_gnu_getopt(True)

        def flags_for(run):
            return [argument.replace("{folder}", str(folder / run)) for argument in arguments]

        def run(name, **options):
            return start(module, flags_for(name), folder / f"{name}.txt", folder / name, **options)

        if finish(run("whole", record=folder / "whole.json")):
            sys.exit((folder / "whole.txt").read_text())
        whole = json.loads((folder / "whole.json").read_text())
        most = max(2, min(MOST_OPERATIONS, whole["operations"] // 2))
        for number in range(kills):
            if number % 3 < 2:
                fault = {"number": rng.randint(1, most)}
            else:
                fault = {"seconds": rng.uniform(0.0, whole["seconds"] / kills)}
            status = finish(run("killed", **fault))
            if status not in (0, -signal.SIGKILL):
                log = (folder / "killed.txt").read_text()
                sys.exit(f"attempt {number} ended with {status}:\n{log[-3000:]}")
            killed += status != 0
        if finish(run("killed")):
            sys.exit((folder / "killed.txt").read_text()[-3000:])
    print(f"killed {killed} times")


if __name__ == "__main__":
    main()
