"""Emulated processors, containers and WSL, told by what has been seen there."""

import pytest

from walkthrough.capture.environment.surroundings import SystemKind, real_processor, system_kind

# What /proc/cpuinfo begins with: of a PC; of Docker Desktop's Linux on Apple Silicon, for programs
# of its own processor and, under Rosetta, for those of x86_64; of a Raspberry Pi; of this project's
# emulated guest.
PC = "processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel name\t: Intel(R) Xeon(R)\n"
APPLE = (
    "processor\t: 0\nBogoMIPS\t: 48.00\nFeatures\t: fp asimd evtstrm aes pmull sha1 sha2 crc32\n"
    "CPU implementer\t: 0x61\nCPU architecture: 8\nCPU variant\t: 0x0\n"
)
ROSETTA = (
    "processor\t: 0\nvendor_id\t: VirtualApple\ncpu family\t: 6\nmodel\t\t: 44\n"
    "model name\t: VirtualApple @ 2.50GHz processor\n"
)
PI = "processor\t: 0\nBogoMIPS\t: 108.00\nCPU implementer\t: 0x41\nCPU part\t: 0xd08\n"


@pytest.mark.parametrize(
    ("machine", "cpuinfo", "real"),
    [
        ("x86_64", PC, None),
        ("aarch64", APPLE, None),
        ("aarch64", PI, None),
        ("x86_64", ROSETTA, "arm64"),
        ("x86_64", APPLE, "arm64"),  # qemu-user shows the kernel's
        ("aarch64", PC, "amd64"),
        ("x86_64", "", None),
        ("riscv64", PC, None),
        ("", PI, None),
        # A name in which the words stand is no line of its own.
        ("x86_64", "model name\t: no CPU implementer : at all\nvendor_id\t: x\n", None),
    ],
)
def test_an_emulated_processor(machine: str, cpuinfo: str, real: str | None) -> None:
    assert real_processor(machine, cpuinfo) == real


@pytest.mark.parametrize(
    ("release", "in_container", "kind"),
    [
        ("6.1.0-57-arm64", False, SystemKind.PLAIN),
        ("6.10.14-linuxkit", True, SystemKind.CONTAINER),
        ("4.4.0-19041-Microsoft", False, SystemKind.WSL_1),
        ("4.19.43-microsoft-standard", False, SystemKind.WSL_2),
        ("6.6.87.2-microsoft-standard-WSL2", False, SystemKind.WSL_2),
        ("6.6.87.2-microsoft-standard-WSL2", True, SystemKind.WSL_2),
        ("4.4.0-210-generic", False, SystemKind.PLAIN),
    ],
)
def test_what_linux_runs_in(release: str, in_container: bool, kind: SystemKind) -> None:
    assert system_kind(release, in_container) is kind
