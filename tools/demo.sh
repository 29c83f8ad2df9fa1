#!/usr/bin/env bash
# Installs what is missing, trains AM-GAN on real handwritten digits (a few minutes on two CPU
# cores) and prints where the images, curves and scores are, and how to look at them.
#
#   bash tools/demo.sh             starts a new run; a finished earlier one is renamed and kept
#   bash tools/demo.sh FLAGS       passes more flags to tools/am_gan.py, e.g. --iMaxIter=500

set -euo pipefail

root=$(CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
venv=${AMNAT_VENV:-$root/.venv}
[[ $venv == /* ]] || venv=$PWD/$venv

bash "$root/tools/setup.sh"

results=$root/demo_output
run=$results/am_gan_digits
resume=()
if [[ -e $run/finished ]]; then
  number=1
  while [[ -e $run.$number ]]; do number=$((number + 1)); done
  mv -- "$run" "$run.$number"
  echo "demo: the earlier run is kept as $run.$number"
elif compgen -G "$run/checkpoint/ckpt-*.json" >/dev/null; then
  echo "demo: resuming the interrupted run"
  resume=(--bLoadCheckpoint)
elif [[ -e $run ]]; then
  # The run was stopped before its first checkpoint, so it cannot be resumed.
  rm -rf -- "$run"
fi

"$venv/bin/python" "$root/tools/am_gan.py" "--flagfile=$root/flags/am_gan_digits.flags" \
  "--sResultDir=$results" ${resume[@]+"${resume[@]}"} "$@"

page=$run/report.html
if [[ -f $page ]]; then
  echo "demo: to look at the run, open this file in a browser (it can be copied and mailed): $page"
fi
