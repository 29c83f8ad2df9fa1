"""Measures how far apart two traces of the same iterations are, and judges the differences.

A difference is relative to the largest entry of the original's tensor. In float32 one forward pass,
its losses and its gradients have to agree within SINGLE, and later iterations within TRACE.

float32 is not precise enough for all quantities: only rounding errors remain of a gradient that
cancels, and Adam, whose step hardly depends on the size of a gradient, turns them into steps that
grow from one iteration to the next. A tensor that exceeds its bound is named and judged in float64,
where both sides must agree within SINGLE_64 and TRACE_64. In one pass and the first update errors
have not grown yet, so there the float32 difference must also be at most YARDSTICK times the
difference between the original in float32 and the original in float64. This is no measure for the
last digits of a loss that is a difference of nearly equal probabilities: such losses may differ by
SINGLE, relative to the probabilities and not to their difference.
"""

import dataclasses

import numpy as np

SINGLE, TRACE = 1e-5, 1e-4
SINGLE_64, TRACE_64 = 1e-9, 1e-6
YARDSTICK = 10.0
SMALLEST_P = 1e-5
PASS, JUDGED, FAIL = "pass", "judged in float64", "FAIL"
_MOST_VALUES = 20000


@dataclasses.dataclass(frozen=True)
class Row:
    """The comparison of one tensor.

    Attributes:
      name: the name in the traces.
      group: the result of `group_of`, such as 'forward', 'losses' or 'gradients'.
      absolute, relative: the largest differences in float32.
      relative_64: the largest relative difference in float64.
      own, own_amnat: the relative differences between float32 and float64 on each side.
      tolerance: the bound for `relative`.
      cancelled: whether it is a gradient that is zero by construction, or a loss that is a
        difference of nearly equal numbers.
      verdict: PASS, JUDGED or FAIL.
    """

    name: str
    group: str
    absolute: float
    relative: float
    relative_64: float
    own: float
    own_amnat: float
    tolerance: float
    cancelled: bool
    verdict: str


def group_of(name):
    """The group of a tensor: it belongs to the first iteration, or to a later one."""
    kind, _, rest = name.partition("/")
    if kind == "gradients":
        return "gradients"
    iteration = rest.partition("/")[0]
    if kind == "variables":
        return f"variables after {iteration}" if iteration != "0" else "initialisation"
    if iteration == "1":
        return {"outputs": "forward", "losses": "losses"}[kind]
    return f"outputs and losses of iteration {iteration}"


def is_single(group):
    """Whether a group belongs to one forward and backward pass from given variables."""
    return group in ("initialisation", "forward", "losses", "gradients")


def compare(traces, cancelled):
    """Compares the traces of one configuration.

    Args:
      traces: {(side, dtype): {name: array}} for the sides 'original' and 'amnat'.
      cancelled: names of variables whose gradient is zero by construction, and of losses that
        are differences of nearly equal numbers.

    Returns: (rows, names that only one side has).
    """
    theirs, ours = traces["original", "float32"], traces["amnat", "float32"]
    names = sorted((set(theirs) | set(ours)) - {"notes"}, key=_order)
    shared = [name for name in names if name in theirs and name in ours]
    rows = [_row(name, traces, shared, cancelled) for name in shared]
    return rows, [name for name in names if name not in shared]


def _order(name):
    kinds = ("outputs", "losses", "gradients", "variables")
    kind, _, rest = name.partition("/")
    iteration = rest.partition("/")[0]
    return kinds.index(kind), int(iteration) if iteration.isdigit() else 0, name


def _row(name, traces, names, cancelled):
    is_cancelled = name.partition("/")[2].partition("/")[2] in cancelled
    group = group_of(name)
    scale_of = _update_scale(name, names) if is_cancelled and group == "gradients" else (name,)

    def difference(one, other):
        a, b = (np.asarray(traces[key][name], np.float64) for key in (one, other))
        if a.shape != b.shape:
            return np.inf, np.inf
        scale = max(np.abs(traces[one][each]).max(initial=0.0) for each in scale_of)
        absolute = np.abs(a - b).max(initial=0.0)
        if absolute == 0.0:
            return 0.0, 0.0
        if not np.isfinite(absolute) or scale == 0.0:
            return np.inf, np.inf
        return absolute, absolute / scale

    theirs, ours = ("original", "float32"), ("amnat", "float32")
    absolute, relative = difference(theirs, ours)
    relative_64 = difference(("original", "float64"), ("amnat", "float64"))[1]
    own = difference(("original", "float64"), theirs)[1]
    own_amnat = difference(("amnat", "float64"), ours)[1]
    single = is_single(group)
    tolerance, tolerance_64 = (SINGLE, SINGLE_64) if single else (TRACE, TRACE_64)
    grows = not single and group != "variables after 1"
    small = is_cancelled and group == "losses" and absolute <= SINGLE
    verdict = FAIL
    if relative <= tolerance:
        verdict = PASS
    elif np.isfinite(relative) and (grows or small or relative <= YARDSTICK * own):
        verdict = JUDGED
    if relative_64 > tolerance_64:
        verdict = FAIL
    numbers = (float(x) for x in (absolute, relative, relative_64, own, own_amnat, tolerance))
    return Row(name, group, *numbers, is_cancelled, verdict)


def _update_scale(name, names):
    """All gradients of the same update, which set the scale for a vanishing gradient."""
    update = name.rsplit("/", 3)[0]
    return [other for other in names if other.startswith(f"{update}/")]


@dataclasses.dataclass(frozen=True)
class DistributionRow:
    """The comparison of the initial values or draws with one name.

    Attributes:
      name: 'initial/<variable>' or 'draws/<draw>'.
      p_value: p-value of the two-sample Kolmogorov-Smirnov test; NaN for constants.
      values: number of values of each side.
      stddevs: standard deviations of (the original, amnat).
      verdict: PASS or FAIL.
    """

    name: str
    p_value: float
    values: int
    stddevs: tuple
    verdict: str


def compare_distributions(theirs, ours):
    """Compares initial values and draws; returns (rows, names that only one side has)."""
    names = sorted((set(theirs) | set(ours)) - {"notes"})
    shared = [name for name in names if name in theirs and name in ours]
    rows = [_distribution_row(name, theirs[name], ours[name]) for name in shared]
    return rows, [name for name in names if name not in shared]


def _distribution_row(name, theirs, ours):
    from scipy.stats import ks_2samp

    same_shape = theirs.shape[1:] == ours.shape[1:] or name.startswith("draws/")
    theirs, ours = (_some(np.ravel(values)) for values in (theirs, ours))
    stddevs = float(np.std(theirs)), float(np.std(ours))
    if stddevs[0] == 0.0:
        good, p_value = np.array_equal(np.unique(theirs), np.unique(ours)), np.nan
    else:
        p_value = float(ks_2samp(theirs, ours).pvalue)
        good = p_value >= SMALLEST_P
    verdict = PASS if good and same_shape else FAIL
    return DistributionRow(name, p_value, len(theirs), stddevs, verdict)


def _some(values):
    return values if len(values) <= _MOST_VALUES else values[:: -(-len(values) // _MOST_VALUES)]
