"""Makes the root file system of an emulated aarch64 Linux from Debian's packages; needs no root.

The packages are those of the Debian that this runs on, for arm64: the kernel, Python, strace, and
little else. What `pyproject.toml` names is fetched as wheels for aarch64. The result is a kernel, a
first file system in memory that loads the modules, and an image, cached by what went into it.

Needs apt-get, dpkg and mke2fs, and pip in the environment that this runs in.
"""

import compileall
import contextlib
import gzip
import hashlib
import io
import lzma
import os
import re
import shutil
import stat
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import platformdirs
from elftools.elf.elffile import ELFFile
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
CACHE = platformdirs.user_cache_path("walkthrough") / "aarch64"

PACKAGES = (
    *("linux-image-arm64", "busybox-static", "bash", "coreutils", "procps", "util-linux"),
    *(
        "grep",
        "sed",
        "findutils",
        "python3",
        "strace",
        "iproute2",
        "libc-bin",
        "netbase",
        "ncurses-base",
        "tmux",
    ),
)
# Of what only tests need: those that run without a browser, a type checker or Sphinx.
TESTS = (
    *("hypothesis", "packaging", "pyte", "pytest", "pytest-asyncio", "pytest-timeout"),
    "pytest-xdist",
)
PLATFORMS = ("manylinux2014_aarch64", "manylinux_2_17_aarch64", "manylinux_2_28_aarch64")
# The devices and file systems of the guest, and what answers questions about sockets.
MODULES = (
    *("virtio_pci", "virtio_blk", "virtio_console", "ext4", "crc32c_generic", "9p"),
    *("9pnet_virtio", "inet_diag", "tcp_diag", "udp_diag", "unix_diag", "mptcp_diag"),
)
SHARES = ("project", "go", "builds", "kept", "talk")
"""Folders of the guest that are folders here."""
IMAGE_MEGABYTES = 1500
RECIPE = 2
"""Counts the changes to how the image is made that its contents do not show."""

FIRST_INIT = """#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
while read -r module; do insmod "/modules/$module"; done < /modules/order
mount -t ext4 /dev/vda /new
for folder in proc sys dev; do mount --move /$folder /new/$folder; done
exec switch_root /new /sbin/guest-init
"""
# The command comes from /talk; its output leaves by the port, its exit status by /talk again.
GUEST_INIT = """#!/bin/busybox sh
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 TERM=xterm-256color
busybox mount -t tmpfs tmp /tmp
busybox chmod 1777 /tmp
busybox mount -t tmpfs run /run
busybox mkdir -p /dev/pts /dev/shm
busybox mount -t devpts pts /dev/pts
busybox mount -t tmpfs shm /dev/shm
share="busybox mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000"
for name in project go builds; do $share,cache=loose $name /$name; done
for name in kept talk; do $share $name /$name; done
busybox ip link set lo up
busybox hostname guest
port=/dev/$(busybox basename /sys/class/virtio-ports/*)
cd /project
/bin/bash /talk/command </dev/null >"$port" 2>&1
echo $? > /talk/status
busybox sync
busybox poweroff -f
"""


class GuestImage(NamedTuple):
    """What QEMU starts.

    Attributes:
        kernel: The kernel.
        initrd: The first file system, in memory.
        disk: The image of the root file system.
        python: The version of the Python in it: ``(3, 11)``.
    """

    kernel: Path
    initrd: Path
    disk: Path
    python: tuple[int, int]


def requirements() -> list[str]:
    """Return what walkthrough and its tests need on Linux, as pip takes it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    tests = [
        each for each in project["optional-dependencies"]["dev"] if Requirement(each).name in TESTS
    ]
    wanted = []
    for line in (*project["dependencies"], *tests):
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate({"sys_platform": "linux"}):
            requirement.marker = None
            wanted.append(str(requirement))
    return wanted


def image(cache: Path = CACHE) -> GuestImage:
    """Return the image, which is made if it is not in the cache.

    Raises:
        SystemExit: It cannot be made; the message says what is missing.
    """
    contents = (PACKAGES, MODULES, SHARES, FIRST_INIT, GUEST_INIT, requirements(), _release())
    recipe = repr((RECIPE, contents, (ROOT / "constraints.txt").read_text("utf-8")))
    folder = cache / f"guest-{hashlib.sha256(recipe.encode()).hexdigest()[:12]}"
    if not (folder / "python").is_file():
        for program in ("apt-get", "dpkg", "mke2fs"):
            if shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin:/sbin") is None:
                raise SystemExit(f"{program} is not here: the guest is made on Debian alone.")
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache, prefix=".guest-") as work:
            _make(Path(work))
            made = Path(work) / "made"
            with contextlib.suppress(OSError):  # another one was faster
                made.rename(folder)
    major, minor = (folder / "python").read_text("ascii").split(".")
    return GuestImage(
        folder / "vmlinuz", folder / "initrd", folder / "root.img", (int(major), int(minor))
    )


def _release() -> str:
    try:
        return re.sub(
            r"(?m)^(?!VERSION_CODENAME|ID=).*\n?", "", Path("/etc/os-release").read_text()
        )
    except OSError:
        return ""


def _make(work: Path) -> None:
    root, made = work / "root", work / "made"
    made.mkdir()
    _say("fetching Debian's packages for arm64")
    debs = _packages(work)
    _say(f"unpacking {len(debs)} packages")
    for name in ("bin", "sbin", "lib"):
        (root / "usr" / name).mkdir(parents=True)
        (root / name).symlink_to(f"usr/{name}")
    for deb in debs:
        _unpack(deb, root)
    for name in (*SHARES, "proc", "sys", "dev", "tmp", "run", "opt/packages"):
        (root / name).mkdir(parents=True, exist_ok=True)
    if not os.path.lexists(root / "usr/bin/sh"):
        (root / "usr/bin/sh").symlink_to("bash")
    (kernel,) = (root / "boot").glob("vmlinuz-*")
    shutil.move(kernel, made / "vmlinuz")
    (modules,) = (root / "usr/lib/modules").iterdir()
    (made / "initrd").write_bytes(gzip.compress(_initrd(root, modules), 1))
    for name in ("boot", "usr/lib/modules", "usr/share/doc", "usr/share/man", "usr/share/locale"):
        shutil.rmtree(root / name)
    (python,) = (each.name for each in (root / "usr/bin").glob("python3.*") if each.is_file())
    version = python.removeprefix("python")
    _say(f"fetching packages for Python {version}")
    _wheels(root / "opt/packages", version)
    if version == f"{sys.version_info[0]}.{sys.version_info[1]}":
        for folder in (root / "opt/packages", root / "usr/lib" / python, root / "usr/lib/python3"):
            compileall.compile_dir(
                folder,
                quiet=2,
                stripdir=root,
                prependdir="/",
                rx=re.compile(r"/(test|lib2to3/tests)/"),
                invalidation_mode=compileall.py_compile.PycInvalidationMode.UNCHECKED_HASH,  # type: ignore[attr-defined]
            )
    _write(root / "usr/sbin/guest-init", GUEST_INIT)
    _say("making the image")
    disk = made / "root.img"
    with disk.open("wb") as file:
        file.truncate(IMAGE_MEGABYTES << 20)
    options = ["-q", "-t", "ext4", "-O", "^has_journal", "-E", "root_owner=0:0"]
    _run(["mke2fs", *options, "-d", str(root), str(disk)])
    (made / "python").write_text(version, "ascii")


def _packages(work: Path) -> list[Path]:
    """Fetch the packages, and all that they need, as if nothing were installed."""
    lists, debs, status = work / "lists", work / "debs", work / "status"
    (lists / "partial").mkdir(parents=True)
    (debs / "partial").mkdir(parents=True)
    status.touch()
    settings = work / "apt.conf"
    settings.write_text(
        f'Dir::State::Lists "{lists}";\n'
        f'Dir::State::status "{status}";\n'
        f'Dir::Cache::archives "{debs}";\n'
        f'Dir::Cache::pkgcache "";\nDir::Cache::srcpkgcache "";\n'
        'APT::Architecture "arm64";\nAPT::Architectures {"arm64";};\n'
        'APT::Install-Recommends "false";\nAPT::Sandbox::User "root";\n'
        'Debug::NoLocking "true";\nAcquire::Languages "none";\n'
    )
    apt = ["apt-get", "-qq", "-c", str(settings)]
    _run([*apt, "update"])
    _run([*apt, "install", "-y", "--download-only", *PACKAGES])
    return sorted(debs.glob("*.deb"))


def _unpack(deb: Path, root: Path) -> None:
    """Unpack a package's files; as whoever runs this, without devices."""
    content = subprocess.run(
        ["dpkg", "--fsys-tarfile", str(deb)], stdout=subprocess.PIPE, check=True
    ).stdout
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        for member in archive:
            target = root / member.name
            if member.isdir():
                target.mkdir(parents=True, exist_ok=True)  # a link to a folder stays one
                continue
            if member.isdev():
                continue
            member.uid, member.gid = os.getuid(), os.getgid()
            archive.extract(member, root, filter="tar")


def _wheels(target: Path, version: str) -> None:
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-compile"]
    command += ["--disable-pip-version-check", "--target", str(target)]
    for name in PLATFORMS:
        command += ["--platform", name]
    command += ["--only-binary=:all:", "--implementation", "cp", "--python-version", version]
    command += ["-c", str(ROOT / "constraints.txt")]
    _run([*command, *requirements()])


def _initrd(root: Path, modules: Path) -> bytes:
    """Return an archive with busybox, the modules in the order of their needs, and ``init``."""
    with tempfile.TemporaryDirectory() as folder:
        first = Path(folder)
        for name in ("bin", "proc", "sys", "dev", "new", "modules"):
            (first / name).mkdir()
        shutil.copy2(root / "usr/bin/busybox", first / "bin/busybox")
        files = {_module_name(path): path for path in modules.rglob("*.ko*")}
        order = list(dict.fromkeys(_needed(MODULES, files)))
        for name in order:
            (first / "modules" / f"{name}.ko").write_bytes(_module(files[name]))
        (first / "modules/order").write_text("".join(f"{name}.ko\n" for name in order))
        _write(first / "init", FIRST_INIT)
        return _cpio(first)


def _module_name(path: Path) -> str:
    return path.name.partition(".")[0].replace("-", "_")


def _module(path: Path) -> bytes:
    return lzma.decompress(path.read_bytes()) if path.suffix == ".xz" else path.read_bytes()


def _needed(names: Iterable[str], files: dict[str, Path]) -> Iterator[str]:
    """Yield the modules that are files, each after those that it needs; others are built in."""
    for name in names:
        path = files.get(name)
        if path is None:
            continue
        section = ELFFile(io.BytesIO(_module(path))).get_section_by_name(".modinfo")
        for line in section.data().split(b"\0") if section is not None else ():
            if line.startswith(b"depends="):
                needs = line.removeprefix(b"depends=").decode("ascii").replace("-", "_")
                yield from _needed(filter(None, needs.split(",")), files)
        yield name


def _cpio(folder: Path) -> bytes:
    """Return the folder as the kernel reads it, Documentation/driver-api/early-userspace."""
    archive = bytearray()

    def add(number: int, name: str, mode: int, data: bytes) -> None:
        encoded = name.encode() + b"\0"
        fields = (number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(encoded), 0)
        for part in (b"070701" + b"".join(b"%08X" % each for each in fields) + encoded, data):
            archive.extend(part + bytes(-len(part) % 4))

    number = 0
    for number, path in enumerate(sorted(folder.rglob("*")), 1):
        mode = path.lstat().st_mode
        data = path.read_bytes() if stat.S_ISREG(mode) else b""
        add(number, str(path.relative_to(folder)), mode, data)
    add(number + 1, "TRAILER!!!", 0, b"")
    return bytes(archive)


def _write(path: Path, text: str) -> None:
    path.write_text(text, "utf-8")
    path.chmod(0o755)


def _run(command: list[str]) -> None:
    environment = dict(os.environ, PATH=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    done = subprocess.run(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    if done.returncode:
        said = done.stdout.decode("utf-8", "replace").strip()
        raise SystemExit(f"{said}\n{command[0]} failed with status {done.returncode}.")


def _say(text: str) -> None:
    print(f"guest: {text}", file=sys.stderr, flush=True)
