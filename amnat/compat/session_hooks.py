"""Follows an original's own training loop through its calls of Session.run.

The program runs unchanged; a call that updates a player is recognised by its fetches. A follower
can replace the feeds, fetch more tensors in the same call, and stop the program.
"""

import time

import numpy as np


class Finished(Exception):
    """Leaves the program's loop after all requested iterations."""


class Follower:
    """The base of the tasks, which recognises updates and counts iterations.

    Args:
      script: the `Script` of an original (see `amnat.compat.originals`).
      iterations: number of iterations that the program runs.
    """

    def __init__(self, script, iterations):
        self.script = script
        self.iterations = iterations
        self.iteration = 0
        self._last = None
        self._index = 0

    def __call__(self, run, fetches, feed_dict):
        player = self.script.player(fetches)
        if player is None:
            return run(fetches, feed_dict)
        self._index = self._index + 1 if player == self._last else 0
        if player == self.script.players[0] and self._index == 0:
            self._next_iteration(run)
        self._last = player
        return self.update(run, fetches, feed_dict, f"{player}{self._index}")

    def _next_iteration(self, run):
        if self.iteration == 0:
            self.begin(run)
        else:
            self.after_iteration(run)
        if self.iteration == self.iterations:
            raise Finished
        self.iteration += 1

    def begin(self, run):
        """Called before the first update."""

    def after_iteration(self, run):
        """Called after the last update and the loop's work of `self.iteration`, counted from 1."""

    def update(self, run, fetches, feed_dict, step):
        """Runs one update; returns the result that the program asked for.

        Args:
          step: the player and the number of its consecutive update: d0, d1, g0.
        """
        del step
        return run(fetches, feed_dict)


class Trace(Follower):
    """Replays given inputs and records outputs, losses, gradients and variables.

    Attributes:
      arrays: {'outputs/<iteration>/<step>/<name>', 'gradients/<step>/<variable>' (of the first
        iteration), 'losses/<iteration>/<name>', 'variables/<iteration>/<variable>': array}. The
        variables of iteration 0 are those that the first iteration starts from. If
        `beginnings` is above 0, there are also this many initial values and draws:
        'initial/<variable>', 'draws/<draw>'.
    """

    def __init__(self, script, iterations, recorded, beginnings=0):
        super().__init__(script, iterations)
        self.recorded = recorded
        self.beginnings = beginnings
        self.arrays = {}

    def begin(self, run):
        if self.beginnings:
            self.arrays |= _beginnings(self.script, run, self.beginnings)
        variables = self.script.variables()
        now = run({name: variable.tensor for name, variable in variables.items()}, None)
        feeds = {}
        for name, variable in variables.items():
            value = self.script.initial(name, variable.ours(now[name]))
            feeds[self.script.assigned(variable.tensor)] = variable.theirs(value)
        run([variable.tensor.initializer for variable in variables.values()], feeds)
        self.script.start(run)
        if 0 in self.recorded:
            self._record_variables(run, 0)

    def update(self, run, fetches, feed_dict, step):
        feeds = dict(feed_dict or {}) | self.script.feeds(self.iteration, step)
        # The fetches are the same in every iteration, because TensorFlow prepares each new set.
        more = {
            "outputs": self.script.outputs(step),
            "gradients": self.script.gradients(step),
            "losses": self.script.step_losses(step),
        }
        result, values = run([fetches, more], feeds)
        self.script.returned(step, result)
        if self.iteration in self.recorded:
            self._record(f"outputs/{self.iteration}/{step}", values["outputs"])
            self._record(f"losses/{self.iteration}", values["losses"])
        if self.iteration == 1:
            self._record(f"gradients/{step}", values["gradients"])
        return result

    def _record(self, prefix, values):
        for name, value in values.items():
            self.arrays[f"{prefix}/{name}"] = self.script.to_ours(f"{prefix}/{name}", value)

    def after_iteration(self, run):
        if self.iteration not in self.recorded:
            return
        for name, value in self.script.losses(self.iteration).items():
            self.arrays[f"losses/{self.iteration}/{name}"] = np.asarray(value)
        self._record_variables(run, self.iteration)

    def _record_variables(self, run, iteration):
        variables = self.script.variables()
        now = run({name: variable.tensor for name, variable in variables.items()}, None)
        for name, variable in variables.items():
            self.arrays[f"variables/{iteration}/{name}"] = variable.ours(now[name])


def _beginnings(script, run, count):
    """{'initial/<variable>': [count, ...], 'draws/<draw>': [count, ...]} of a fresh graph."""
    initial = []
    variables = script.variables()
    for _ in range(count):
        script.initialize(run, variables)
        initial.append(run({name: v.tensor for name, v in variables.items()}, None))
    draws = [script.sample_draws(run) for _ in range(count)]
    arrays = {}
    for name, variable in variables.items():
        arrays[f"initial/{name}"] = np.stack([variable.ours(value[name]) for value in initial])
    for name in draws[0]:
        arrays[f"draws/{name}"] = np.stack([value[name] for value in draws])
    return arrays


class Clock(Follower):
    """Records when iterations end, and does not change the loop otherwise.

    Attributes:
      times: list of [seconds since the epoch, completed iterations], the first with 0 iterations.
    """

    def __init__(self, script, iterations):
        super().__init__(script, iterations)
        self.times = []

    def begin(self, run):
        self.times.append([time.time(), 0])

    def after_iteration(self, run):
        self.times.append([time.time(), self.iteration])


class Training(Follower):
    """Trains as the program does, and draws samples at the end.

    Attributes:
      samples: the samples, a float array.
    """

    def __init__(self, script, iterations, num_samples):
        super().__init__(script, iterations)
        self.num_samples = num_samples
        self.samples = None

    def after_iteration(self, run):
        if self.iteration == self.iterations:
            self.samples = self.script.samples(run, self.num_samples)
