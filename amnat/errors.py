"""The one exception that means "the user can mend this"."""


class InputError(ValueError):
    """Bad input: a flag, a file or a combination that the user has to change.

    The message is one line that names the flag or file, what was found, what was expected and,
    where there is one, the fix. Scripts print it and exit with status 2
    (`amnat.training.flags.run`); a library user catches it like any ValueError.
    """
