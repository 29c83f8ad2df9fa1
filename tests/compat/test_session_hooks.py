"""Followers of an original's loop, with a loop and a session made by hand (no TensorFlow)."""

import types

from amnat.compat import session_hooks as following
from amnat.compat.originals import ScriptBase, Variable

import numpy as np
import pytest

START = 0.25


class Script(ScriptBase):
    """A program whose players add `x` to one variable: d twice, then g."""

    def __init__(self, players=("d", "d", "g")):
        self.updates = players
        self.players = tuple(dict.fromkeys(players))
        self.state = {"w": 9.0}
        self.stopped_after = 0

    def run(self, fetches, feeds=None):
        """A session: 'x' is what was fed, 'step' updates, 'before' is the variable before it."""
        before = self.state["w"]
        if isinstance(fetches, list) and fetches and fetches[0] == "assign":
            self.state["w"] = feeds["initial"]
            return None
        if "step" in str(fetches):
            self.state["w"] = before + feeds["x"]
        values = {"step": None, "x": (feeds or {}).get("x"), "before": before}
        return evaluate(fetches, values | {"w": self.state["w"]})

    def execute(self, follow):
        while True:
            for player in self.updates:
                follow(self.run, ["step", player], {"x": 1.0})
                follow(self.run, "x", {"x": 5.0})
            self.stopped_after += 1

    def player(self, fetches):
        return fetches[1] if isinstance(fetches, list) else None

    def variables(self):
        tensor = types.SimpleNamespace(initial_value="initial", initializer="assign")
        found = {"w": Variable(tensor, np.asarray, float)}
        return found if self.state["w"] == 9.0 else {"w": Variable("w", np.asarray, float)}

    def initial(self, name, value):
        return START + 0 * value

    def feeds(self, iteration, step):
        return {"x": iteration + 0.1 * int(step[1])}

    def outputs(self, step):
        return {"x": "x"}

    def gradients(self, step):
        return {"w": "x"}

    def step_losses(self, step):
        return {f"loss_{step}": "before"}

    def losses(self, iteration):
        return {"own": iteration}

    def to_ours(self, key, value):
        return np.asarray(value)

    def samples(self, run, count):
        return np.full(count, self.state["w"])


def evaluate(fetches, values):
    if isinstance(fetches, dict):
        return {name: evaluate(each, values) for name, each in fetches.items()}
    if isinstance(fetches, list):
        return [evaluate(each, values) for each in fetches]
    return values.get(fetches) if isinstance(fetches, str) else 9.0


def follow(script, follower):
    with pytest.raises(following.Finished):
        script.execute(follower)
    return follower


def test_iterations_begin_with_the_first_player():
    script = Script(("e", "d", "g"))
    follower = follow(script, following.Follower(script, 3))
    assert follower.iteration == 3 and script.stopped_after == 3


def test_a_trace_replays_and_records():
    script = Script()
    trace = follow(script, following.Trace(script, 3, recorded=(1, 3))).arrays
    # The variable starts where it is put, and takes what was fed in place of the loop's own 1.
    steps = {1: 3.1, 2: 6.1, 3: 9.1}
    assert trace["variables/1/w"] == pytest.approx(START + steps[1])
    assert trace["variables/3/w"] == pytest.approx(START + sum(steps.values()))
    assert trace["outputs/3/d1/x"] == pytest.approx(3.1)
    assert trace["gradients/d1/w"] == pytest.approx(1.1) and "gradients/g0/w" in trace
    assert trace["losses/1/loss_d0"] == pytest.approx(START)
    assert trace["losses/3/own"] == 3
    assert not [name for name in trace if "/2/" in name]


def test_a_clock_changes_nothing():
    script = Script()
    clock = follow(script, following.Clock(script, 4))
    assert script.state["w"] == 9.0 + 4 * 3
    assert [done for _, done in clock.times] == [0, 1, 2, 3, 4]
    assert sorted(clock.times) == clock.times


def test_training_takes_samples_at_the_end():
    script = Script()
    training = follow(script, following.Training(script, 2, num_samples=5))
    np.testing.assert_array_equal(training.samples, np.full(5, 15.0))
