#!/usr/bin/env bash
# Creates this checkout's virtual environment, and installs requirements-lock.txt and the checkout
# itself (editable: `import amnat` works from any folder and runs the files here) into it.
#
#   bash tools/setup.sh
#
# If everything is in place, it does nothing; an incomplete installation is completed. If several
# checkouts share an environment, it imports amnat from the one whose setup.sh ran last.
#
# Environment variables:
#   PYTHON      the interpreter for the environment; default: the first of python3.11, python3.12,
#               python3.10, python3.13 and python3 that is CPython 3.10 to 3.13 with venv
#   AMNAT_VENV  the path of the environment; default: .venv in the repository root
#   AMNAT_GPU   1 or 0: whether to install NVIDIA's libraries (requirements-gpu-lock.txt) as well;
#               default: 1 if this machine has an NVIDIA GPU with its driver

set -euo pipefail

root=$(CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
lock=$root/requirements-lock.txt
gpu_lock=$root/requirements-gpu-lock.txt
project=$root/pyproject.toml
package=$root/amnat/__init__.py
venv=${AMNAT_VENV:-$root/.venv}
[[ $venv == /* ]] || venv=$PWD/$venv
venv_python=$venv/bin/python
stamp=$venv/.amnat-setup
log=$venv/amnat-setup.log

readonly CANDIDATES=(python3.11 python3.12 python3.10 python3.13 python3)
# In units of 100 MB: the packages, and NVIDIA's libraries.
readonly DOWNLOAD=8 INSTALLED=27
readonly GPU_DOWNLOAD=28 GPU_INSTALLED=43

readonly PROBE_CODE='
import importlib.util, sys
state = "ok"
if sys.implementation.name != "cpython" or not (3, 10) <= sys.version_info[:2] <= (3, 13):
    state = "unsupported"
elif not all(map(importlib.util.find_spec, ("ensurepip", "venv"))):
    state = "no-venv"
print("%d.%d" % sys.version_info[:2], state)
'
# This prints the stamp of a complete installation: one line about the packages and one about amnat
# itself. The patch release is left out, because wheels fit all patch releases of a minor version.
# The source of amnat is looked up every time, because another checkout may have been installed
# since. The path of the environment is included, because the commands in bin/ contain it.
readonly STAMP_CODE='
import hashlib, importlib.util, os, sys
def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()
lock, gpu_lock, project, package = sys.argv[1:]
names = ["tensorflow", "tf_keras", "numpy", "pytest", "pip", *(["nvidia"] if gpu_lock else [])]
if not all(map(importlib.util.find_spec, names)):
    sys.exit("incomplete")
gpu = [digest(gpu_lock)] if gpu_lock else []
print("%d.%d" % sys.version_info[:2], digest(lock), *gpu)
found = getattr(importlib.util.find_spec("amnat"), "origin", None)
if found and os.path.realpath(found) == os.path.realpath(package):
    print("amnat", digest(project), os.path.realpath(sys.prefix))
else:
    print("elsewhere", found)
'
# This prints the real interpreter if the given one is inside the environment that is about to be
# emptied. Python 3.10 does not know that path, only where it is installed.
readonly OUTSIDE_CODE='
import os, sys
venv, python = sys.argv[1:]
if os.path.realpath(sys.prefix) == os.path.realpath(venv):
    python = os.path.join(sys.base_prefix, "bin", "python%d.%d" % sys.version_info[:2])
    if not os.path.exists(python):
        python = sys._base_executable
print(python)
'
# This also compiles the modules that most runs need, even if PYTHONDONTWRITEBYTECODE is set.
readonly VERIFY_CODE='
import tensorflow, tf_keras, tensorflow_probability, sklearn.neighbors, matplotlib.pyplot
'
readonly SIGILL_STATUS=132

say() { printf 'setup: %s\n' "$*" >&2; }

fail() {
  say "error: $1"
  shift
  if (($#)); then printf '       %s\n' "$@" >&2; fi
  exit 1
}

# Prints $1, a number of 100 MB, in GB.
gigabytes() { printf '%d.%d GB' $(($1 / 10)) $(($1 % 10)); }

# Prints the first NVIDIA GPU that the driver shows; fails if there is none.
find_gpu() {
  local devices=(/dev/nvidia[0-9]*) listed
  if command -v nvidia-smi >/dev/null; then
    listed=$(nvidia-smi -L 2>/dev/null) && [[ $listed == GPU* ]] || return 1
    listed=${listed%%$'\n'*}
    printf '%s' "${listed%% (UUID*}"
  else
    [[ -e /proc/driver/nvidia/version && -e ${devices[0]} ]] || return 1
    printf '%s' "${devices[0]}"
  fi
}

# Sets gpu_lock to '' where NVIDIA's libraries are not wanted, and download and installed. An
# environment that has them keeps them: a machine with a GPU may share it.
decide_on_gpu() {
  local words=() gpu
  download=$DOWNLOAD installed=$INSTALLED
  if [[ -f $stamp ]]; then read -r -a words <"$stamp" || true; fi
  case ${AMNAT_GPU:-} in
    0) gpu_lock='' ;;
    1) ;;
    '')
      if gpu=$(find_gpu); then
        gpu_found=$gpu
      elif ((${#words[@]} < 3)); then
        gpu_lock=''
      fi
      ;;
    *) fail "AMNAT_GPU=$AMNAT_GPU: expected 1 or 0" ;;
  esac
  if [[ -n $gpu_lock ]]; then
    download=$((download + GPU_DOWNLOAD)) installed=$((installed + GPU_INSTALLED))
  fi
}

# Sets probe_version (e.g. 3.11) and probe_state for the interpreter $1; fails if it does not run.
probe() {
  local answer
  answer=$("$1" -I -c "$PROBE_CODE" 2>/dev/null) || return 1
  read -r probe_version probe_state <<<"$answer"
}

# Prints what is wrong with the probed interpreter $1, and the fix, in one line.
describe_probe() {
  case $probe_state in
    no-venv) printf '%s' "$1 has no venv module with pip" \
      " (Debian, Ubuntu: apt install python$probe_version-venv)" ;;
    *) printf '%s' "$1 is Python $probe_version (or not CPython); 3.10 to 3.13 are supported" ;;
  esac
}

# Sets base_python and base_version.
find_python() {
  local name rejected=()
  if [[ -n ${PYTHON:-} ]]; then
    probe "$PYTHON" || fail "PYTHON=$PYTHON does not run as Python 3" \
      "Set PYTHON to a Python 3.10 to 3.13, or unset it."
    [[ $probe_state == ok ]] || fail "PYTHON: $(describe_probe "$PYTHON")"
    base_python=$PYTHON base_version=$probe_version
    return
  fi
  for name in "${CANDIDATES[@]}"; do
    probe "$name" || continue
    if [[ $probe_state == ok ]]; then
      base_python=$name base_version=$probe_version
      return
    fi
    rejected+=("$(describe_probe "$name")")
  done
  fail "no suitable Python found (looked for ${CANDIDATES[*]})" ${rejected[@]+"${rejected[@]}"} \
    "Install CPython 3.10 to 3.13 with venv, or set PYTHON to one."
}

# Sets expected, the correct content of the stamp; fails if a package is missing.
expect() {
  expected=$("$venv_python" -I -c "$STAMP_CODE" "$lock" "$gpu_lock" "$project" \
    "$package" 2>/dev/null)
}

# True if the stamp fits the lock file, the environment's Python and, if set, PYTHON.
has_packages() {
  local recorded
  [[ -f $stamp ]] || return 1
  expect || return 1
  recorded=$(<"$stamp")
  [[ ${recorded%%$'\n'*} == "${expected%%$'\n'*}" ]] || return 1
  [[ -z ${PYTHON:-} || ${expected%% *} == "$base_version" ]]
}

# True if amnat is imported from this checkout, according to `expect`.
imports_checkout() { [[ $expected == *$'\n'amnat* ]]; }

# True if the stamp fits this checkout as well.
is_complete() { has_packages && imports_checkout && [[ $(<"$stamp") == "$expected" ]]; }

# Writes the stamp atomically.
write_stamp() {
  printf '%s\n' "$1" >"$stamp.new"
  mv -f -- "$stamp.new" "$stamp"
}

# The lock is the directory itself, so it leaves no file behind and survives when the directory is
# emptied. A pip process that outlives a killed setup.sh inherits the lock, so no second pip starts.
take_lock() {
  mkdir -p -- "$venv" || fail "cannot create the directory $venv"
  command -v flock >/dev/null || return 0
  exec 9<"$venv"
  flock -n 9 && return
  say "waiting for another setup of $venv"
  flock 9 || say "warning: cannot lock $venv; run one setup at a time"
}

refuse_foreign_directory() {
  if [[ ! -e $venv/pyvenv.cfg && -n $(ls -A -- "$venv") ]]; then
    fail "$venv exists and is not a virtual environment" \
      "Move it away, or set AMNAT_VENV to another place."
  fi
}

# True if the environment's Python runs, is supported, and has the version of PYTHON if that is set.
# Sets probe_version.
can_repair() {
  [[ -s $venv/pyvenv.cfg ]] && probe "$venv_python" && [[ $probe_state != unsupported ]] &&
    [[ -z ${PYTHON:-} || $probe_version == "$base_version" ]]
}

check_space() {
  local free
  free=$(df -Pk -- "$venv" | awk 'END { print $4 }')
  if [[ $free =~ ^[0-9]+$ ]] && ((free < installed * 100000)); then
    fail "not enough disk space for $venv: $((free / 1024)) MB free," \
      "about $(gigabytes "$installed") needed" \
      "Free some, or set AMNAT_VENV to another disk."
  fi
}

# Sets probe_version of the new environment's Python.
create_venv() {
  [[ -n ${base_python:-} ]] || find_python
  if [[ -s $venv/pyvenv.cfg ]]; then
    say "$venv cannot be repaired with Python $base_version; creating it again"
  fi
  base_python=$("$base_python" -I -c "$OUTSIDE_CODE" "$venv" "$base_python")
  find "$venv/" -mindepth 1 -delete
  check_space
  # This marks the directory as ours in case of an interruption before venv has written the file.
  : >"$venv/pyvenv.cfg"
  if ! "$base_python" -I -m venv "$venv" >>"$log" 2>&1; then
    fail "$base_python could not create a virtual environment in $venv" "$(last_line)" \
      "Debian, Ubuntu: apt install python$base_version-venv. Full log: $log"
  fi
  probe "$venv_python" || fail "$venv_python does not run" "Full log: $log"
}

last_line() { grep -v '^[[:space:]]*$' "$log" | tail -n 1 | cut -c 1-300 || true; }

# Removes the metadata of incomplete packages in $1 whose names begin with $2. pip considers a
# package installed as soon as its metadata exists, and writes INSTALLER after all other files; if
# it is missing, an earlier run was interrupted within the package.
forget_half_installed() {
  local info
  for info in "$1/$2"*.dist-info; do
    if [[ -d $info && ! -e $info/INSTALLER ]]; then rm -rf -- "$info"; fi
  done
}

# Explains why pip could not install $1.
explain_pip_failure() {
  local space="No space left on device|Disk quota exceeded"
  local network="Failed to establish a new connection|name resolution|Network is unreachable"
  network+="|NameResolutionError|ConnectTimeoutError|ReadTimeoutError|ProxyError|SSLError"
  network+="|Connection refused|Connection broken|ConnectionResetError|RemoteDisconnected"
  if grep -qE "$space" "$log"; then
    fail "the disk is full: $(gigabytes "$installed") are needed in $venv," \
      "and $(gigabytes "$download") each in ${TMPDIR:-/tmp} (or another TMPDIR) and in pip's cache" \
      "(PIP_NO_CACHE_DIR=1 does without). Then run this again. Full log: $log"
  elif grep -qE "$network" "$log"; then
    fail "pip could not reach its package index" "$(last_line)" \
      "Check the network and proxy settings, then run this again. Full log: $log"
  elif grep -q "No matching distribution found" "$log"; then
    fail "pip found no package that fits $(uname -sm), Python $probe_version" "$(last_line)" \
      "Either this platform has no wheels (x86-64 Linux with glibc has them all), or the" \
      "package index that pip is set up to use lacks it. Full log: $log"
  fi
  fail "pip could not install $1" "$(last_line)" "Full log: $log"
}

# Runs pip without user settings that would install outside the environment. Compiling all modules
# would take half of the time, and most of them are never imported.
pip_install() {
  PIP_USER=0 "$venv_python" -I -m pip install --disable-pip-version-check --no-input --no-deps \
    --no-compile "$@" >>"$log" 2>&1
}

# Expects probe_version of the environment's Python.
install_lock() {
  local site=$venv/lib/python$probe_version/site-packages pip_info
  forget_half_installed "$site" ""
  pip_info=("$site"/pip-*.dist-info)
  if [[ ! -d ${pip_info[0]} ]]; then
    "$venv_python" -I -m ensurepip >>"$log" 2>&1 || fail "cannot install pip" "Full log: $log"
  fi
  pip_install --only-binary=:all: -r "$lock" || explain_pip_failure "$lock"
  [[ -z $gpu_lock ]] || pip_install --only-binary=:all: -r "$gpu_lock" ||
    explain_pip_failure "$gpu_lock"
}

# Installs this checkout without the network, because setuptools and wheel, which build it, are in
# the lock file. Expects probe_version of the environment's Python and the installed packages.
install_checkout() {
  forget_half_installed "$venv/lib/python$probe_version/site-packages" amnat-
  expect || fail "packages are missing in $venv" "Full log: $log"
  # If pip is interrupted, the packages need not be checked again.
  write_stamp "${expected%%$'\n'*}"
  pip_install --no-build-isolation -e "$root" || explain_pip_failure "$root"
  if ! expect || ! imports_checkout; then
    fail "$venv_python does not import amnat from $root" \
      "What it finds: ${expected##*elsewhere }. Look for that in the .pth files of $venv." \
      "Full log: $log"
  fi
  write_stamp "$expected"
}

# Sets verify_status.
verify() {
  verify_status=0
  "$venv_python" -I -c "$VERIFY_CODE" >>"$log" 2>&1 || verify_status=$?
  ((verify_status == 0))
}

install_packages() {
  local fresh=''
  rm -f -- "$stamp"
  if ! can_repair; then create_venv; fresh=yes; fi
  if [[ -n ${gpu_found:-} ]]; then
    say "found an NVIDIA GPU ($gpu_found): NVIDIA's libraries come along," \
      "$(gigabytes "$GPU_DOWNLOAD") of the download; AMNAT_GPU=0 leaves them out"
  fi
  say "installing into $venv with Python $probe_version: downloads up to" \
    "$(gigabytes "$download"), takes $(gigabytes "$installed") of disk and some minutes"
  : >"$log"
  install_lock
  if ! verify && [[ -z $fresh ]] && ((verify_status != SIGILL_STATUS)); then
    create_venv
    install_lock
    verify || true
  fi
  if ((verify_status == SIGILL_STATUS)); then
    fail "this processor lacks instructions that TensorFlow needs (AVX)" "Full log: $log"
  fi
  ((verify_status == 0)) || fail "the packages are installed but cannot be imported" \
    "$(last_line)" "Full log: $log"
}

main() {
  local start=$SECONDS
  if [[ -n ${PYTHON:-} ]]; then find_python; fi
  decide_on_gpu
  if is_complete; then return; fi
  if [[ $(uname -sm) != "Linux x86_64" ]]; then
    say "warning: tested on x86-64 Linux only, this is $(uname -sm)"
  fi
  take_lock
  if is_complete; then return; fi
  refuse_foreign_directory
  if has_packages && probe "$venv_python"; then
    say "installing this checkout, $root, into $venv"
    : >"$log"
  else
    install_packages
  fi
  install_checkout
  say "done in $((SECONDS - start)) s; run scripts with $venv_python"
}

# This is on one line, so bash reads no further if the file is replaced while it runs.
main "$@"; exit
