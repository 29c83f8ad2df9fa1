"""The exceptions for errors that the user can fix."""


class InputError(ValueError):
    """Bad input: a flag, a file or a combination that the user has to change.

    The message is one line that names the flag or file, what was found, what was expected and, if
    there is one, the fix. Scripts print it and exit with status 2 (`amnat.training.main.run_tool`);
    a library user catches it like any ValueError.
    """


class IdleFlagError(InputError):
    """A flag has a value other than its default, but changes nothing.

    Args:
      flag: its name.
      message: see InputError.
    """

    def __init__(self, flag: str, message: str):
        super().__init__(message)
        self.flag = flag


class OutputError(OSError):
    """A result that was computed could not be written.

    The message is one line that names the file or folder and the reason. Scripts print it and exit
    with status 1; a library user catches it like any OSError.
    """
