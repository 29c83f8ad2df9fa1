"""tools/setup.sh with real interpreters and virtual environments, and a pip that is a stub."""

import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
VERSION = f"{sys.version_info[0]}.{sys.version_info[1]}"
OTHER_VERSION = "3.10" if VERSION != "3.10" else "3.12"
LOCK = "alpha==1.0\nbeta==2.0\n"
TOOLS = ["awk", "bash", "cat", "cut", "df", "dirname", "env", "find", "flock", "grep", "ls"]
TOOLS += ["mkdir", "mv", "rm", "tail", "uname"]

# Seconds after which a program is taken to hang; no test measures its time.
HANGS = 600

pytestmark = pytest.mark.skipif(
    platform.system() != "Linux" or not shutil.which("flock"), reason="needs Linux with flock"
)

FAKE_PIP = """
import os, pathlib, sys, sysconfig, time
site = pathlib.Path(sysconfig.get_paths()["purelib"])
with open(os.environ["FAKE_PIP_CALLS"], "a") as calls:
    seen = sorted(path.name for path in site.glob("*.dist-info"))
    calls.write(" ".join([*sys.argv[1:], "seen", *seen]) + "\\n")
wanted = os.environ.get("FAKE_PIP_WAITS_FOR")
while wanted and not os.path.exists(wanted):
    time.sleep(0.02)
if os.environ.get("FAKE_PIP_ERROR") and os.environ.get("FAKE_PIP_FAILS", "-r") in sys.argv:
    sys.exit(os.environ["FAKE_PIP_ERROR"])
if "-e" in sys.argv:
    (site / "amnat.pth").write_text(os.environ.get("FAKE_CHECKOUT", sys.argv[-1]))
    sys.exit()
names = ["tensorflow", "tf_keras", "tensorflow_probability", "numpy", "pytest"]
if "gpu-lock" in sys.argv[-1]:
    names.append("nvidia")
for name in (*names, "sklearn", "sklearn/neighbors", "matplotlib", "matplotlib/pyplot"):
    (site / name).mkdir(exist_ok=True)
    init = site / name / "__init__.py"
    if not init.exists():
        init.write_text(os.environ.get("FAKE_TENSORFLOW", "") if name == "tensorflow" else "")
"""

# Everything but `-m venv` is the real interpreter's; that one puts the stub where pip would be.
FAKE_PYTHON = f"""#!/usr/bin/env bash
if [[ "$2 $3" == "-m venv" ]]; then
  "{sys.executable}" -I -m venv --without-pip "$4"
  site="$4/lib/python{VERSION}/site-packages"
  mkdir "$site/pip" "$site/pip-1.dist-info"
  : >"$site/pip-1.dist-info/INSTALLER"
  : >"$site/pip/__init__.py"
  exec cp "$FAKE_PIP" "$site/pip/__main__.py"
fi
exec "{sys.executable}" "$@"
"""

# Answers the question for its version, and for the interpreter to use (itself: the last argument).
SEARCHED_PYTHON = """#!/usr/bin/env bash
if [[ $2 == -c && $3 == *ensurepip* ]]; then echo "{answer}"; exit; fi
if [[ $2 == -c ]]; then echo "${{@: -1}}"; exit; fi
echo "chosen {name}"
exit 1
"""


class Checkout:
    """A directory with setup.sh and a lock file, and what is needed to run the one on the other."""

    def __init__(self, folder, name="a checkout"):
        self.root = folder / name
        self.venv = self.root / ".venv"
        self.stamp = self.venv / ".amnat-setup"
        self.site = self.venv / "lib" / f"python{VERSION}" / "site-packages"
        self.path_file = self.site / "amnat.pth"
        self.lock = self.root / "requirements-lock.txt"
        self.gpu_lock = self.root / "requirements-gpu-lock.txt"
        self.project = self.root / "pyproject.toml"
        self.calls = folder / "pip calls"
        self.bin = folder / "bin"
        self.environment = {
            "PATH": f"{self.bin}:{os.environ['PATH']}",
            "PYTHON": str(self.bin / "fake-python"),
            "FAKE_PIP": str(self.bin / "fake_pip.py"),
            "FAKE_PIP_CALLS": str(self.calls),
            # Whatever the machine of the test has.
            "AMNAT_GPU": "0",
        }

    def create(self):
        (self.root / "tools").mkdir(parents=True)
        shutil.copy(ROOT / "tools" / "setup.sh", self.root / "tools")
        self.lock.write_text(LOCK)
        self.gpu_lock.write_text("nvidia-delta==4.0\n")
        self.project.write_text("[project]")
        (self.root / "amnat").mkdir()
        (self.root / "amnat" / "__init__.py").touch()
        self.bin.mkdir()
        (self.bin / "fake_pip.py").write_text(FAKE_PIP)
        self.add_command("fake-python", FAKE_PYTHON)
        return self

    def add_command(self, name, text):
        (self.bin / name).write_text(text)
        (self.bin / name).chmod(0o755)

    def start(self, cwd=None, **environment):
        return subprocess.Popen(
            ["bash", str(self.root / "tools" / "setup.sh")],
            cwd=cwd,
            env={**self.environment, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, cwd=None, **environment):
        """Returns (exit status, stderr)."""
        process = self.start(cwd, **environment)
        stdout, stderr = process.communicate(timeout=HANGS)
        assert stdout == ""
        return process.returncode, stderr

    def pip_calls(self):
        return self.calls.read_text().splitlines() if self.calls.exists() else []

    def installed_things(self):
        """Of the calls of pip: "packages" for the lock file, the path for a checkout."""
        words = [call.partition(" seen ")[0].partition(" -e ") for call in self.pip_calls()]
        return [path or "packages" for _, _, path in words]

    def expected_stamp(self, *, gpu=False):
        paths = self.lock, self.gpu_lock, self.project
        lock, more, project = (hashlib.sha256(path.read_bytes()).hexdigest() for path in paths)
        if gpu:
            lock += f" {more}"
        return f"{VERSION} {lock}\namnat {project} {self.venv.resolve()}\n"


@pytest.fixture
def empty(tmp_path):
    return Checkout(tmp_path).create()


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    folder = tmp_path_factory.mktemp("template")
    checkout = Checkout(folder).create()
    assert checkout.run()[0] == 0
    return folder


@pytest.fixture
def installed(template, tmp_path):
    """A finished installation; `kept` in its environment is lost if that is made anew."""
    shutil.copytree(template, tmp_path, symlinks=True, dirs_exist_ok=True)
    checkout = Checkout(tmp_path)
    checkout.path_file.write_text(str(checkout.root))
    checkout.stamp.write_text(checkout.expected_stamp())
    checkout.calls.unlink()
    (checkout.venv / "kept").touch()
    return checkout


def assert_mended(checkout, in_place):
    assert checkout.stamp.read_text() == checkout.expected_stamp()
    assert checkout.path_file.read_text() == str(checkout.root)
    assert (checkout.venv / "kept").exists() == in_place


def test_fresh_installation(empty):
    status, stderr = empty.run()
    assert status == 0
    assert "downloads" in stderr and "done in" in stderr
    packages, checkout = empty.pip_calls()
    assert packages.startswith("install ") and f"-r {empty.lock}" in packages
    assert checkout.startswith("install ") and f"--no-build-isolation -e {empty.root}" in checkout
    assert "--no-deps" in packages and "--no-deps" in checkout
    assert empty.stamp.read_text() == empty.expected_stamp()


def test_second_run_does_nothing(installed):
    assert installed.run() == (0, "")
    assert installed.run(PYTHON="") == (0, "")
    assert installed.pip_calls() == []


def test_relative_venv_from_another_directory(empty, tmp_path):
    assert empty.run(cwd=tmp_path, AMNAT_VENV="another place/venv")[0] == 0
    assert (tmp_path / "another place" / "venv" / ".amnat-setup").exists()
    assert not empty.venv.exists()


@pytest.mark.parametrize("damage", ["no stamp", "other lock", "package gone"])
def test_mends_in_place(installed, damage):
    if damage == "no stamp":
        installed.stamp.unlink()
        assert installed.run(FAKE_PIP_ERROR="interrupted")[0] == 1
        installed.calls.unlink()
    elif damage == "other lock":
        installed.lock.write_text(LOCK + "gamma==3.0\n")
    else:
        shutil.rmtree(installed.site / "numpy")
    assert installed.run()[0] == 0
    assert installed.installed_things() == ["packages", str(installed.root)]
    assert_mended(installed, in_place=True)


@pytest.mark.parametrize("change", ["pyproject.toml", "another checkout", "removed", "old stamp"])
def test_installs_only_the_checkout_again(installed, tmp_path, change):
    if change == "pyproject.toml":
        installed.project.write_text("[project]\n[project.scripts]")
    elif change == "another checkout":
        (tmp_path / "other" / "amnat").mkdir(parents=True)
        (tmp_path / "other" / "amnat" / "__init__.py").touch()
        installed.path_file.write_text(str(tmp_path / "other"))
    elif change == "removed":
        installed.path_file.unlink()
    else:
        installed.stamp.write_text(installed.expected_stamp().splitlines()[0] + "\n")
    status, stderr = installed.run()
    assert status == 0 and str(installed.root) in stderr and "downloads" not in stderr
    assert installed.installed_things() == [str(installed.root)]
    assert_mended(installed, in_place=True)
    assert installed.run() == (0, "")


def test_moved_checkout_takes_its_environment_along(installed, tmp_path):
    installed.root.rename(tmp_path / "moved")
    moved = Checkout(tmp_path, "moved")
    assert moved.run()[0] == 0
    assert moved.installed_things() == [str(moved.root)]
    assert_mended(moved, in_place=True)


def test_checkouts_that_share_an_environment_take_turns(installed, tmp_path):
    shutil.copytree(installed.root, tmp_path / "other", ignore=shutil.ignore_patterns(".venv"))
    other = Checkout(tmp_path, "other")
    shared = {"AMNAT_VENV": str(installed.venv)}
    for checkout in (other, installed):
        assert checkout.run(**shared)[0] == 0
        assert installed.path_file.read_text() == str(checkout.root)
        assert checkout.run(**shared) == (0, "")
    assert installed.installed_things() == [str(other.root), str(installed.root)]
    assert_mended(installed, in_place=True)


def test_moved_environment_gets_the_checkout_again(installed, tmp_path):
    """Commands in its bin/ begin with the path of its Python."""
    installed.venv.rename(tmp_path / "moved")
    assert installed.run(AMNAT_VENV=str(tmp_path / "moved"))[0] == 0
    assert installed.installed_things() == [str(installed.root)]


def test_checkout_that_pip_could_not_install_is_tried_again(installed):
    installed.path_file.unlink()
    error = {"FAKE_PIP_ERROR": "ERROR: no setuptools", "FAKE_PIP_FAILS": "-e"}
    status, stderr = installed.run(**error)
    assert status == 1
    assert f"could not install {installed.root}" in stderr and "no setuptools" in stderr
    assert installed.stamp.read_text() == installed.expected_stamp().splitlines()[0] + "\n"
    assert installed.run()[0] == 0
    assert installed.installed_things() == [str(installed.root)] * 2
    assert_mended(installed, in_place=True)


def test_amnat_of_another_place_that_goes_first_is_reported(installed):
    installed.path_file.unlink()
    status, stderr = installed.run(FAKE_CHECKOUT="/nowhere")
    assert status == 1
    assert f"does not import amnat from {installed.root}" in stderr and "None" in stderr


def test_package_interrupted_in_the_middle_is_installed_again(installed):
    for name in ("whole-1.0.dist-info", "half-1.0.dist-info"):
        (installed.site / name).mkdir()
        (installed.site / name / "METADATA").touch()
    (installed.site / "whole-1.0.dist-info" / "INSTALLER").touch()
    installed.stamp.unlink()
    assert installed.run()[0] == 0
    seen_by_pip = installed.pip_calls()[0].partition(" seen ")[2]
    assert "whole-1.0.dist-info" in seen_by_pip and "half-1.0" not in seen_by_pip


@pytest.mark.parametrize("damage", ["python moved", "interrupted venv", "import fails"])
def test_makes_a_broken_environment_anew(installed, damage):
    if damage == "python moved":
        (installed.venv / "bin" / "python").unlink()
        (installed.venv / "bin" / "python").symlink_to("/nowhere/python3")
    elif damage == "interrupted venv":
        (installed.venv / "pyvenv.cfg").write_text("")
        installed.stamp.unlink()
    else:
        (installed.site / "tensorflow" / "__init__.py").write_text("raise ImportError('torn')")
        installed.stamp.unlink()
    assert installed.run()[0] == 0
    assert_mended(installed, in_place=False)


def test_python_of_another_version_makes_it_anew(installed):
    lie = f'[[ "$3" == *ensurepip* ]] && echo "{OTHER_VERSION} ok" && exit\n'
    first_line, rest = FAKE_PYTHON.split("\n", 1)
    installed.add_command("other-python", f"{first_line}\n{lie}{rest}")
    assert installed.run(PYTHON="other-python")[0] == 0
    assert_mended(installed, in_place=False)


@pytest.mark.slow
def test_python_inside_the_environment_gives_way_to_its_base(installed):
    (installed.site / "tensorflow" / "__init__.py").write_text("raise ImportError('torn')")
    installed.stamp.unlink()
    # The base interpreter brings a real pip, which finds nothing.
    status, stderr = installed.run(
        PYTHON=str(installed.venv / "bin" / "python"), PIP_CONFIG_FILE=os.devnull, PIP_NO_INDEX="1"
    )
    assert status == 1 and "alpha==1.0" in stderr
    assert not (installed.venv / "kept").exists()
    version = subprocess.check_output([installed.venv / "bin" / "python", "-V"], text=True)
    assert version.startswith(f"Python {VERSION}.")


def test_directory_that_is_no_environment_is_left_alone(empty):
    empty.venv.mkdir()
    (empty.venv / "thesis.tex").write_text("words")
    status, stderr = empty.run()
    assert status == 1 and "not a virtual environment" in stderr
    assert [path.name for path in empty.venv.iterdir()] == ["thesis.tex"]


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ("NewConnectionError: Failed to establish a new connection: [Errno 101]", "package index"),
        ("Temporary failure in name resolution", "package index"),
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        ("ERROR: No matching distribution found for alpha==1.0", "no package that fits"),
        ("ERROR: something else", "could not install"),
    ],
)
def test_pip_failure_is_explained(installed, output, message):
    installed.lock.write_text(LOCK + "gamma==3.0\n")
    status, stderr = installed.run(FAKE_PIP_ERROR=output)
    assert status == 1
    assert message in stderr
    assert str(installed.venv / "amnat-setup.log") in stderr
    assert output in (installed.venv / "amnat-setup.log").read_text()
    assert not installed.stamp.exists()


def test_unusable_tensorflow_is_reported(empty):
    status, stderr = empty.run(FAKE_TENSORFLOW="raise ImportError('no such symbol')")
    assert status == 1
    assert "cannot be imported" in stderr and "no such symbol" in stderr
    assert empty.installed_things() == ["packages"]
    assert not empty.stamp.exists()


def test_processor_without_avx_is_reported(empty):
    crash = "import os, signal; os.kill(os.getpid(), signal.SIGILL)"
    status, stderr = empty.run(FAKE_TENSORFLOW=crash)
    assert status == 1 and "AVX" in stderr


def test_small_disk_is_refused_before_the_download(empty):
    empty.add_command("df", "#!/bin/sh\necho header\necho '/dev/x 100 50 1048576 5% /'\n")
    status, stderr = empty.run()
    assert status == 1 and "1024 MB free" in stderr
    assert empty.pip_calls() == []
    (empty.bin / "df").unlink()
    assert empty.run()[0] == 0


def wait_until(happened):
    deadline = time.monotonic() + HANGS
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.02)


NVIDIA_SMI = (
    "#!/bin/sh\necho 'GPU 0: NVIDIA H200 (UUID: GPU-1)'\necho 'GPU 1: NVIDIA H200 (UUID)'\n"
)


def test_gpu_brings_nvidias_libraries(installed):
    installed.add_command("nvidia-smi", NVIDIA_SMI)
    status, stderr = installed.run(AMNAT_GPU="")
    assert status == 0
    assert (
        "found an NVIDIA GPU (GPU 0: NVIDIA H200): NVIDIA's libraries come along, 2.8 GB" in stderr
    )
    assert "downloads up to 3.6 GB" in stderr
    packages, libraries, _ = installed.pip_calls()
    assert f"-r {installed.lock} " in packages
    assert f"--no-deps --no-compile --only-binary=:all: -r {installed.gpu_lock} " in libraries
    assert installed.stamp.read_text() == installed.expected_stamp(gpu=True)
    assert (installed.venv / "kept").exists()
    # Nor does a machine without a GPU that shares the environment change it.
    assert installed.run(AMNAT_GPU="") == (0, "")
    installed.add_command("nvidia-smi", "#!/bin/sh\nexit 9\n")
    assert installed.run(AMNAT_GPU="") == (0, "")
    installed.gpu_lock.write_text("nvidia-delta==4.1\n")
    assert installed.run(AMNAT_GPU="")[0] == 0
    assert installed.stamp.read_text() == installed.expected_stamp(gpu=True)


@pytest.mark.parametrize(
    ("asked", "smi", "gpu"),
    [
        ("0", NVIDIA_SMI, False),
        ("1", "#!/bin/sh\nexit 9\n", True),
        ("", "#!/bin/sh\nexit 9\n", False),
        ("", "#!/bin/sh\necho No devices found\n", False),
    ],
)
def test_nvidias_libraries_follow_the_user_and_the_driver(installed, asked, smi, gpu):
    installed.add_command("nvidia-smi", smi)
    assert installed.run(AMNAT_GPU=asked)[0] == 0
    assert installed.stamp.read_text() == installed.expected_stamp(gpu=gpu)
    assert any("gpu-lock" in call for call in installed.pip_calls()) == gpu


def test_misspelt_gpu_is_refused(installed):
    status, stderr = installed.run(AMNAT_GPU="yes")
    assert status == 1 and "AMNAT_GPU=yes: expected 1 or 0" in stderr


def test_two_runs_at_once_install_once(empty):
    first = empty.start(FAKE_PIP_WAITS_FOR=str(empty.root / "go on"))
    wait_until(empty.pip_calls)
    second = empty.start()
    assert "waiting" in second.stderr.readline()
    (empty.root / "go on").touch()
    outputs = [process.communicate(timeout=HANGS)[1] for process in (first, second)]
    assert [first.returncode, second.returncode] == [0, 0], outputs
    assert "waiting" not in outputs[0]
    assert empty.installed_things() == ["packages", str(empty.root)]


def test_killed_run_leaves_its_pip_locking(empty):
    first = empty.start(FAKE_PIP_WAITS_FOR=str(empty.root / "go on"))
    wait_until(empty.pip_calls)
    first.kill()
    first.wait()
    second = empty.start()
    assert "waiting" in second.stderr.readline()
    (empty.root / "go on").touch()
    _, stderr = second.communicate(timeout=HANGS)
    assert second.returncode == 0, stderr
    assert empty.stamp.read_text() == empty.expected_stamp()


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("exit 127", "does not run"),
        ("echo 3.9 unsupported", "is Python 3.9"),
        ("echo 3.12 no-venv", "apt install python3.12-venv"),
    ],
)
def test_unsuitable_python_asked_for(empty, script, message):
    empty.add_command("odd", f"#!/usr/bin/env bash\n{script}\n")
    status, stderr = empty.run(PYTHON="odd")
    assert status == 1 and message in stderr
    assert not empty.venv.exists()


@pytest.mark.parametrize(
    ("answers", "chosen"),
    [
        ({"python3.11": "3.11 ok", "python3.12": "3.12 ok", "python3": "3.12 ok"}, "python3.11"),
        ({"python3.11": "3.11 no-venv", "python3.10": "3.10 ok"}, "python3.10"),
        ({"python3.13": "3.13 ok", "python3": "3.14 unsupported"}, "python3.13"),
        ({"python3": "3.12 ok"}, "python3"),
        ({"python3": "3.14 unsupported", "python3.12": "3.12 no-venv"}, None),
        ({}, None),
    ],
)
def test_search_for_a_python(empty, answers, chosen):
    for tool in TOOLS:
        (empty.bin / tool).symlink_to(shutil.which(tool))
    for name, answer in answers.items():
        empty.add_command(name, SEARCHED_PYTHON.format(name=name, answer=answer))
    status, stderr = empty.run(PATH=str(empty.bin), PYTHON="")
    assert status == 1
    if chosen:
        assert f"chosen {chosen}\n" in (empty.venv / "amnat-setup.log").read_text()
        return
    assert "no suitable Python" in stderr
    for answer in answers.values():
        hint = f"apt install python{answer.split()[0]}-venv" if "no-venv" in answer else "3.14"
        assert hint in stderr


def read_requirements(name):
    lines = (ROOT / name).read_text().splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


def locked_versions(python_version):
    """Canonical name to version of what the lock installs on that Python."""
    applicable = [
        requirement
        for requirement in read_requirements("requirements-lock.txt")
        if not requirement.marker or requirement.marker.evaluate({"python_version": python_version})
    ]
    return {
        canonicalize_name(requirement.name): re.fullmatch(r"==(.+)", str(requirement.specifier))[1]
        for requirement in applicable
    }


@pytest.mark.parametrize("python_version", ["3.10", "3.11", "3.12", "3.13"])
def test_lock_fits_the_direct_requirements(python_version):
    locked = locked_versions(python_version)
    for requirement in read_requirements("requirements.txt"):
        assert requirement.specifier.contains(locked[canonicalize_name(requirement.name)])


def installed_version(name):
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def test_lock_holds_all_indirect_requirements():
    locked = locked_versions(VERSION)
    other = [name for name, version in locked.items() if installed_version(name) != version]
    if other:
        pytest.skip(f"needs the locked versions, and other ones of {', '.join(other)} are here")
    queue = [requirement.name for requirement in read_requirements("requirements.txt")]
    visited = set()
    while queue:
        name = canonicalize_name(queue.pop())
        if name in visited:
            continue
        visited.add(name)
        assert name in locked
        for text in metadata.requires(name) or []:
            requirement = Requirement(text)
            if not requirement.marker or requirement.marker.evaluate({"extra": ""}):
                queue.append(requirement.name)
                assert requirement.specifier.contains(locked[canonicalize_name(requirement.name)])
    assert visited == set(locked)


def test_gpu_lock_holds_what_tensorflow_asks_for():
    locked = {r.name: r for r in read_requirements("requirements-gpu-lock.txt")}
    asked = [Requirement(text) for text in metadata.requires("tensorflow")]
    asked = [r for r in asked if r.marker and r.marker.evaluate({"extra": "and-cuda"})]
    asked = [r for r in asked if not r.marker.evaluate({"extra": ""})]
    assert {r.name for r in asked} == set(locked)
    for requirement in asked:
        version = str(locked[requirement.name].specifier).removeprefix("==")
        assert requirement.specifier.contains(version)
