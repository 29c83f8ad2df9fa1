#!/usr/bin/env bash
# Installs what is missing, trains AM-GAN on real handwritten digits (a few minutes on two CPU
# cores) and says where the pictures, curves and scores are.
#
#   bash tools/demo.sh             a new run; a finished earlier one is kept under another name
#   bash tools/demo.sh FLAGS       further flags of tools/am_gan.py, for example --iMaxIter=500

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
  echo "demo: going on with the run that was interrupted"
  resume=(--bLoadCheckpoint)
elif [[ -e $run ]]; then
  # It was stopped before its first checkpoint: nothing in it can be resumed.
  rm -rf -- "$run"
fi

"$venv/bin/python" "$root/tools/am_gan.py" "--flagfile=$root/flags/am_gan_digits.flags" \
  "--sResultDir=$results" ${resume[@]+"${resume[@]}"} "$@"
