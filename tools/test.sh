#!/usr/bin/env bash
# Installs what is missing, checks style and types (ruff, mypy), then runs the tests.
#
#   bash tools/test.sh             runs all tests except the slow ones
#   bash tools/test.sh --slow      runs all tests
#   bash tools/test.sh ARGUMENTS   passes the other arguments to pytest, e.g. tests/layers -k noise
#
# The exit status is that of pytest, or 1 if pytest passes but a check before it fails.

set -euo pipefail

root=$(CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
venv=${AMNAT_VENV:-$root/.venv}
[[ $venv == /* ]] || venv=$PWD/$venv

select=(-m "not slow")
arguments=()
for argument in "$@"; do
  if [[ $argument == --slow ]]; then select=(); else arguments+=("$argument"); fi
done

bash "$root/tools/setup.sh"
cd -- "$root"

failed=()
for check in "ruff check ." "ruff format --check ." mypy; do
  # shellcheck disable=SC2086  # The arguments of a check are separate words.
  "$venv/bin/python" -m $check || failed+=("$check")
done
if ((${#failed[@]} > 0)); then
  printf 'test.sh: %s failed (above), and so will this run\n' "${failed[@]}" >&2
  echo "test.sh: running the tests anyway" >&2
fi

workers=2
# Every worker is a TensorFlow process that would otherwise use all cores.
threads=$(($(getconf _NPROCESSORS_ONLN) / workers))
export TF_NUM_INTRAOP_THREADS=${TF_NUM_INTRAOP_THREADS:-$((threads > 0 ? threads : 1))}

pytest_status=0
"$venv/bin/python" -m pytest -n "$workers" --dist loadfile --durations 10 \
  ${select[@]+"${select[@]}"} ${arguments[@]+"${arguments[@]}"} || pytest_status=$?
if ((${#failed[@]} > 0)); then
  printf 'test.sh: %s failed, before the tests\n' "${failed[@]}" >&2
  if ((pytest_status == 0)); then exit 1; fi
fi
exit "$pytest_status"
