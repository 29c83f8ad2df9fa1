"""The models of a server: their newest version, new ones as they appear. Loads TensorFlow."""

from __future__ import annotations

import dataclasses
import gc
import pathlib
import threading
from typing import Any

from amnat.errors import InputError
from amnat.serving import folders
from amnat.serving.folders import ModelFolder
from amnat.serving.request_errors import RequestError
from amnat.serving.saved_models import LoadedModel, without_paths

# States of a version, as TensorFlow Serving calls them.
LOADING, AVAILABLE, END = "LOADING", "AVAILABLE", "END"
OK, FAILED = "OK", "UNKNOWN"
# Versions that were served or failed before, whose end is remembered.
_REMEMBERED = 20


@dataclasses.dataclass(frozen=True)
class State:
    """What became of a version.

    Attributes:
      state: LOADING, AVAILABLE or END.
      code: OK, or UNKNOWN if it could not be loaded.
      message: why not, without paths of the server.
    """

    state: str
    code: str = OK
    message: str = ""


@dataclasses.dataclass(frozen=True)
class Served:
    """A version that answers requests; whoever holds it can go on using it."""

    number: int
    model: LoadedModel


class ServedModel:
    """A model, of which the version with the largest number is in memory.

    A version is loaded when its files are complete and have not changed from one look to the next.
    Once it is loaded, the one before is let go; requests that use that one end with it. A version
    that cannot be loaded is tried again after its files change.

    Args:
      folder: `ModelFolder`.
    """

    def __init__(self, folder: ModelFolder):
        self.name = folder.name
        self._folder = folder
        self._served: Served | None = None
        self._states: dict[int, State] = {}
        self._seen: dict[int, Any] = {}
        self._failed: dict[int, Any] = {}
        self._lock = threading.Lock()

    def load_first(self) -> None:
        """Loads the newest version that can be loaded; raises InputError if none can."""
        error: InputError | None = None
        for number, path in self._folder.versions().items():
            try:
                fault = folders.missing(path)
                if fault is None:
                    self._load(number, path)
                    return
                error = InputError(f"--{folders.FLAG}: {path} has {fault}")
            except InputError as found:
                error = error or found
        raise error or InputError(f"--{folders.FLAG}: {self._folder.path} has no versions")

    def refresh(self) -> str | None:
        """Looks for a newer version and loads it; returns a line about what happened, or None."""
        for number, path in self._folder.versions().items():
            if self._served is not None and number <= self._served.number:
                return None
            stamp = folders.stamp(path)
            is_settled = self._seen.get(number) == stamp
            self._seen[number] = stamp
            if not is_settled or self._failed.get(number) == stamp:
                continue
            try:
                if folders.missing(path) is not None:
                    continue
                self._load(number, path)
            except InputError as error:
                self._failed[number] = stamp
                return f"{self.name}: version {number} was not loaded: {error}"
            return f"{self.name}: version {number} is served"
        return None

    def _load(self, number: int, path: pathlib.Path) -> None:
        before = self._served
        self._set(number, State(LOADING))
        try:
            model = LoadedModel(path)
            model.warm_up()
        except InputError as error:
            reason = without_paths(str(error).replace(str(path), f"version {number}"))
            self._set(number, State(END, FAILED, reason))
            raise
        self._served = Served(number, model)
        self._set(number, State(AVAILABLE))
        if before is not None:
            self._set(before.number, State(END))
            del before
            # Functions of TensorFlow refer to one another in circles.
            gc.collect()

    def _set(self, number: int, state: State) -> None:
        with self._lock:
            self._states[number] = state
            ended = sorted(each for each, found in self._states.items() if found.state == END)
            for old in ended[:-_REMEMBERED]:
                del self._states[old]

    def served(self, number: int | None) -> Served:
        """The version in memory; raises RequestError 404 if it is not the one that is asked for."""
        found = self._served
        if found is None or (number is not None and number != found.number):
            which = f"Latest({self.name})" if number is None else f"Specific({self.name}, {number})"
            raise RequestError(404, f"Servable not found for request: {which}")
        return found

    def states(self, number: int | None) -> dict[int, State]:
        """{version: State} of all versions, from the largest down, or of one.

        Raises: RequestError 404 if there is none.
        """
        with self._lock:
            found = dict(sorted(self._states.items(), reverse=True))
        if number is None:
            return found
        if number not in found:
            raise RequestError(404, f"Could not find version {number} of model {self.name}")
        return {number: found[number]}
