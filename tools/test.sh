#!/usr/bin/env bash
# Installs what is missing, then runs ruff and the tests.
#
#   bash tools/test.sh             all tests but the slow ones
#   bash tools/test.sh --slow      all tests
#   bash tools/test.sh ARGUMENTS   the rest goes to pytest, for example: tests/layers -k noise
#
# The exit status is pytest's, or 1 if pytest passes and ruff does not.

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

ruff_status=0
"$venv/bin/python" -m ruff check . || ruff_status=1
if ((ruff_status)); then
  echo "test.sh: ruff failed (above), and so will this run; running the tests all the same" >&2
fi

workers=2
# Every worker is a TensorFlow process that would otherwise use all cores.
threads=$(($(getconf _NPROCESSORS_ONLN) / workers))
export TF_NUM_INTRAOP_THREADS=${TF_NUM_INTRAOP_THREADS:-$((threads > 0 ? threads : 1))}

pytest_status=0
"$venv/bin/python" -m pytest -n "$workers" --dist loadfile --durations 10 \
  ${select[@]+"${select[@]}"} ${arguments[@]+"${arguments[@]}"} || pytest_status=$?
if ((pytest_status == 0)); then exit "$ruff_status"; fi
exit "$pytest_status"
