#!/usr/bin/env bash
# Installs what is missing, checks style and types (ruff, mypy), then runs the tests.
#
#   bash tools/test.sh             runs all tests except the slow ones
#   bash tools/test.sh --slow      runs all tests
#   bash tools/test.sh ARGUMENTS   passes the other arguments to pytest, e.g. tests/layers -k noise
#   bash tools/test.sh --newest    runs the tests, without the checks of style and types, with the
#                                  newest versions that pip finds; it does not touch the lock file
#
# With --newest, PYTHON is the interpreter (default: the newest supported one), and AMNAT_NEWEST_VENV
# the path of the environment (default: .venv-newest in the repository root).
#
# The exit status is that of pytest, or 1 if pytest passes but a check before it fails.

set -euo pipefail

root=$(CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
venv=${AMNAT_VENV:-$root/.venv}
[[ $venv == /* ]] || venv=$PWD/$venv

select=(-m "not slow")
newest=''
arguments=()
for argument in "$@"; do
  case $argument in
    --slow) select=() ;;
    --newest) newest=yes ;;
    *) arguments+=("$argument") ;;
  esac
done

# The direct dependencies without their upper bounds. Of setuptools the bound stays, because TF-Hub
# and TF-GAN need what later ones lack. New releases of ruff and mypy add findings and test nothing.
newest_requirements() {
  sed -E -e 's/#.*//' -e '/^[[:space:]]*$/d' -e '/^(ruff|mypy)/d' \
    -e 's/==([0-9.]+)\.\*/>=\1/' -e '/^setuptools/!s/,<.*//' "$root/requirements.txt"
}

install_newest() {
  local name python=${PYTHON:-}
  for name in python3.13 python3.12 python3.11 python3.10; do
    if [[ -z $python ]] && "$name" -c 'import venv' 2>/dev/null; then python=$name; fi
  done
  if [[ -z $python ]]; then
    echo "test.sh: no Python 3.10 to 3.13 found; set PYTHON to one" >&2
    exit 1
  fi
  if [[ ! -x $venv/bin/python ]]; then "$python" -m venv "$venv"; fi
  local pip=("$venv/bin/python" -m pip --disable-pip-version-check -q install)
  newest_requirements >"$venv/newest.txt"
  "${pip[@]}" --upgrade --upgrade-strategy eager --only-binary=:all: -r "$venv/newest.txt"
  "${pip[@]}" --no-deps --no-build-isolation -e "$root"
  "$venv/bin/python" -m pip --disable-pip-version-check list --format=freeze
}

failed=()
if [[ $newest ]]; then
  venv=${AMNAT_NEWEST_VENV:-$root/.venv-newest}
  [[ $venv == /* ]] || venv=$PWD/$venv
  install_newest
  cd -- "$root"
else
  bash "$root/tools/setup.sh"
  cd -- "$root"
  for check in "ruff check ." "ruff format --check ." mypy; do
    # shellcheck disable=SC2086  # The arguments of a check are separate words.
    "$venv/bin/python" -m $check || failed+=("$check")
  done
fi
if ((${#failed[@]} > 0)); then
  printf 'test.sh: %s failed (above), and so will this run\n' "${failed[@]}" >&2
  echo "test.sh: running the tests anyway" >&2
fi

workers=2
# Every worker is a TensorFlow process that would otherwise use all cores.
threads=$(($(getconf _NPROCESSORS_ONLN) / workers))
export TF_NUM_INTRAOP_THREADS=${TF_NUM_INTRAOP_THREADS:-$((threads > 0 ? threads : 1))}

pytest_status=0
"$venv/bin/python" -m pytest -n "$workers" --dist loadfile --no-loadscope-reorder --durations 10 \
  ${select[@]+"${select[@]}"} ${arguments[@]+"${arguments[@]}"} || pytest_status=$?
if ((${#failed[@]} > 0)); then
  printf 'test.sh: %s failed, before the tests\n' "${failed[@]}" >&2
  if ((pytest_status == 0)); then exit 1; fi
fi
exit "$pytest_status"
