"""Kills a training script again and again, and resumes it: python kill_loop.py SCRIPT KILLS ARGS...

ARGS are the script's flags; {folder} in them stands for <name of the run>, one that is never
killed and one that is. A run is killed at file operations and at moments that are drawn with a
fixed seed. Every try is a fork of this process, which has loaded TensorFlow but not started it.
"""

import os
import pathlib
import random
import signal
import sys
import time

from amnat import flag_defs
from amnat.flag_defs import FLAGS

from script_runs import loaded_script

# What a file operation is to Python's audit hooks.
FILE_EVENTS = ("open", "os.rename", "os.remove", "os.truncate", "os.mkdir")


def kill_at_file_operation(number, folder):
    """Ends this process with the number-th file operation below a folder, before it is done."""
    if number is None:
        return
    seen = 0

    def audit(event, arguments):
        nonlocal seen
        if event in FILE_EVENTS and str(arguments[0]).startswith(folder):
            seen += 1
            if seen == number:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(audit)


def start(module, arguments, log, fault=(None, "")):
    """Forks and runs the script in the child, with a fault (number, folder); its process id."""
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
        flag_defs.parse(sys.argv)
        kill_at_file_operation(*fault)
        status = module.main() or 0
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
    flag_defs.load_tensorflow()
    rng = random.Random(7)
    killed = 0
    with loaded_script(name) as module:
        FLAGS.set_gnu_getopt(True)

        def flags_for(run):
            return [argument.replace("{folder}", str(folder / run)) for argument in arguments]

        since = time.monotonic()
        if finish(start(module, flags_for("whole"), folder / "whole.txt")):
            sys.exit((folder / "whole.txt").read_text())
        seconds = time.monotonic() - since
        for number in range(kills):
            log = folder / "killed.txt"
            at_file = number % 3 < 2
            fault = rng.randint(1, 60) if at_file else None, str(folder / "killed")
            child = start(module, flags_for("killed"), log, fault)
            if not at_file:
                time.sleep(rng.uniform(0.3, 0.9) * seconds)
                os.kill(child, signal.SIGKILL)
            status = finish(child)
            if status not in (0, -signal.SIGKILL):
                sys.exit(f"attempt {number} ended with {status}:\n{log.read_text()[-3000:]}")
            killed += status != 0
        if finish(start(module, flags_for("killed"), folder / "killed.txt")):
            sys.exit((folder / "killed.txt").read_text()[-3000:])
    print(f"killed {killed} times")


if __name__ == "__main__":
    main()
