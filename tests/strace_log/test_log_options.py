"""Every option of strace up to 7.2 that the docs name: its lines are read as it says there."""

import re
from pathlib import Path

import pytest

from walkthrough.strace_log.log import parse
from walkthrough.strace_log.model import LineKind

DOCS = Path(__file__).parents[2] / "docs" / "strace-logs.md"
CALL = "7 listen(6, 9) = 0"
USUAL = [CALL]
"""What an option leaves as it is, or of which it only chooses."""

ACCEPT = "7 accept4(6, NULL, NULL, SOCK_CLOEXEC) = 8"
FAILED = "7 accept(6, NULL, NULL) = -1 EAGAIN (Resource temporarily unavailable)"
CLONE = "7 clone(child_stack=NULL, flags=SIGCHLD) = 9"
READ = '7 read(8, "hey", 9) = 3'
SAMPLES: dict[str, tuple[list[str], list[str]]] = {
    # Lines as the option makes them, and the calls that are read, in the notation without options.
    "-E": (USUAL, USUAL),
    "-p": (["7 accept4(6 <unfinished ...>", "strace: Process 7 attached"], ["7 accept4(6) = "]),
    "-u": (USUAL, USUAL),
    "--argv0": (USUAL, USUAL),
    "-b": (["7 execve(0x1, 0x2, 0x3 <detached ...>"], ["7 execve(0x1, 0x2, 0x3) = ?"]),
    "-D": (USUAL, USUAL),
    "-f": (["[pid     7] listen(6, 9) = 0", "strace: Process 8 attached", CALL], USUAL * 2),
    "-ff": (["listen(6, 9) = 0"], ["None listen(6, 9) = 0"]),
    "-I": (USUAL, USUAL),
    "--syscall-limit": (
        [CALL, "strace: System call limit has been reached, detaching tracees"],
        USUAL,
    ),
    "--kill-on-exit": (["7 listen(6, 9) = 0", "7 +++ killed by SIGKILL +++"], USUAL),
    "-e trace": (USUAL, USUAL),
    "--trace-fds": (USUAL, USUAL),
    "-e signal": ([CALL, "7 --- SIGHUP {si_signo=SIGHUP, si_code=SI_USER} ---"], USUAL),
    "-e status": (["7 accept(6, <unfinished ...>) = ?"], ["7 accept(6) = ?"]),
    "-P": (USUAL, USUAL),
    "-z": (USUAL, USUAL),
    "-Z": ([FAILED], [FAILED]),
    "-a": (["7 listen(6, 9)                                      = 0"], USUAL),
    "-e abbrev": (USUAL, USUAL),
    "-e verbose": (
        ["7 bind(6, 0x7ffd2e81c970, 16) = 0"],
        ["7 bind(6, 0x7ffd2e81c970, 16) = 0"],
    ),
    "-e raw": (["7 accept4(0x6, 0, 0, 0x80000) = 0x8"], ["7 accept4(6, 0, 0, SOCK_CLOEXEC) = 8"]),
    "-e read": (
        [READ, " | 00000  68 65 79                                          hey              |"],
        [READ],
    ),
    "-e write": (
        ['7 writev(8, [{iov_base="hey", iov_len=3}], 1) = 3', " * 3 bytes in buffer 0",
         " | 00000  68 65 79                                          hey              |"],
        ['7 writev(8, [{iov_base="hey", iov_len=3}], 1) = 3'],
    ),
    "-e quiet": (USUAL, USUAL),
    "-e kvm": (
        ["7 ioctl(8, KVM_RUN, 0) = 0 (KVM_EXIT_IO)", " VCPU:0> {exit_reason=KVM_EXIT_IO}"],
        ["7 ioctl(8, KVM_RUN, 0) = 0 (KVM_EXIT_IO)"],
    ),
    "-e namespace": (
        ["7 unshare(CLONE_NEWNET) = 0 (net:[4026531840])"],
        ["7 unshare(CLONE_NEWNET) = 0 (net:[4026531840])"],
    ),
    "-y": (["7 listen(6<socket:[77]>, 9) = 0"], ["7 listen(6<socket:[77]>, 9) = 0"]),
    "-yy": (
        ["7 close(6<TCP:[127.0.0.1:80->127.0.0.1:9]>) = 0",
         "7 close(8<{eventfd-count=0x1, eventfd-id=3, eventfd-semaphore=0}>) = 0",
         "7 close(9<pid:12>) = 0", "7 close(3<signalfd:[INT TERM]>) = 0",
         "7 close(4</dev/null<char 1:3>>) = 0", "7 close(5</tmp/a>(deleted)) = 0"],
        ["7 close(6<TCP:[127.0.0.1:80->127.0.0.1:9]>) = 0",
         "7 close(8<{eventfd-count=0x1, eventfd-id=3, eventfd-semaphore=0}>) = 0",
         "7 close(9<pid:12>) = 0", "7 close(3<signalfd:[INT TERM]>) = 0",
         "7 close(4</dev/null<char 1:3>>) = 0", "7 close(5</tmp/a>(deleted)) = 0"],
    ),
    "-Y": (["7<my srv> listen(6, 9) = 0", "[pid     7<x>] listen(6, 9) = 0"], USUAL * 2),
    "--pidns-translation": (
        ["7 clone(child_stack=NULL, flags=SIGCHLD) = 2 /* 9 in strace's PID NS */"],
        [CLONE],
    ),
    "-i": (["7 [00007f5d8fbf8dd4] listen(6, 9) = 0", "7 [????????????????] listen(6, 9) = 0"],
           USUAL * 2),
    "-k": ([CALL, " > /usr/lib/libc.so.6(listen+0x7) [0x10adc7]"], USUAL),
    "-kk": ([CALL, " > /usr/lib/libc.so.6(listen+0x7) [0x10adc7] socket.c:12"], USUAL),
    "--stack-trace-frame-limit": ([CALL, " > a(main+0x7) [0x1]"], USUAL),
    "-n": (["7 [  50] listen(6, 9) = 0"], USUAL),
    "-N": (["7 listen(sockfd=6, backlog=9) = 0"], USUAL),
    "-o": (USUAL, USUAL),
    "-A": ([*USUAL, "7 +++ exited with 0 +++", *USUAL], USUAL * 2),
    "--always-show-pid": (USUAL, USUAL),
    "-q": (USUAL, USUAL),
    "-r": (["7      0.000016 listen(6, 9) = 0", "7 12:00:00 (+     0.000016) listen(6, 9) = 0"],
           USUAL * 2),
    "-s": (['7 read(8, "hey"..., 9) = 9'], ['7 read(8, "hey"..., 9) = 9']),
    "-t": (["7 12:30:01 listen(6, 9) = 0"], USUAL),
    "-tt": (["7 12:30:01.123456 listen(6, 9) = 0"], USUAL),
    "-ttt": (["7 1773050000.123456 listen(6, 9) = 0", "7 1773050000 listen(6, 9) = 0"], USUAL * 2),
    "-T": (["7 listen(6, 9) = 0 <0.000021>", "7 listen(6, 9) = 0 <0>"], USUAL * 2),
    "-v": (USUAL, USUAL),
    "-x": ([r'7 read(8, "\x01\xff", 9) = 2'], [r'7 read(8, "\x01\xff", 9) = 2']),
    "-xx": ([r'7 read(8, "\x68\x65\x79", 9) = 3'], [r'7 read(8, "\x68\x65\x79", 9) = 3']),
    "-X": (
        ["7 accept4(6, NULL, NULL, 0x80000) = 8", ACCEPT,
         "7 accept4(6, NULL, NULL, 0x80000 /* SOCK_CLOEXEC */) = 8"],
        [ACCEPT] * 3,
    ),
    "--color": (["7 \x1b[33mlisten\x1b[0m(\x1b[35m6\x1b[0m, \x1b[35m9\x1b[0m) = \x1b[32m0\x1b[0m"],
                USUAL),
    "--secontext": (
        ["7 [srv_t] openat(AT_FDCWD, \"/x\" [etc_t], O_RDONLY) = 3</x> [etc_t!!var_t]"],
        ["7 openat(AT_FDCWD, \"/x\" [etc_t], O_RDONLY) = 3</x> [etc_t!!var_t]"],
    ),
    "-c": (
        ["% time     seconds  usecs/call     calls    errors syscall",
         "------ ----------- ----------- --------- --------- ----------------",
         "100.00    0.000042          42         1         1 listen",
         "------ ----------- ----------- --------- --------- ----------------",
         "100.00    0.000042          42         1         1 total"],
        [],
    ),
    "-C": (
        [CALL, "% time     seconds  usecs/call     calls    errors syscall",
         "------ ----------- ----------- --------- --------- ----------------",
         "100.00    0.000042          42         1           listen",
         "------ ----------- ----------- --------- --------- ----------------",
         "100.00    0.000042          42         1           total"],
        USUAL,
    ),
    "-O": (USUAL, USUAL),
    "-S": (USUAL, USUAL),
    "-U": (
        [CALL, "     calls wall-total  syscall", "--------- ---------- ----------------",
         "        1   0.000042 listen", "--------- ---------- ----------------",
         "        1   0.000042 total"],
        USUAL,
    ),
    "-w": (USUAL, USUAL),
    "-e inject": (
        ["7 listen(6, 9) = 0 (DELAYED)", "7 close(6) = -1 EIO (Input/output error) (INJECTED)",
         "7 close(6) = 0 (INJECTED: args, retval)"],
        [CALL, "7 close(6) = -1 EIO (Input/output error) (INJECTED)",
         "7 close(6) = 0 (INJECTED: args, retval)"],
    ),
    "-e fault": (
        ["7 close(6) = -1 ENOSYS (Function not implemented) (INJECTED)"],
        ["7 close(6) = -1 ENOSYS (Function not implemented) (INJECTED)"],
    ),
    "-d": (["strace: [wait(0x00857f) = 7] WIFSTOPPED,sig=SIGTRAP|128", CALL], USUAL),
    "--seccomp-bpf": (USUAL, USUAL),
    "--tips": (
        [CALL, "  ______________________________________________         ____",
         " /                                              \\       /    \\",
         " | words of a tip                               |      |-. .-.|",
         " \\______________________________________________/        |   ["],
        USUAL,
    ),
}  # fmt: skip


def named_in_the_docs() -> list[str]:
    """Return the options in the first column of the table: of each row the first one."""
    _, _, table = DOCS.read_text("utf-8").partition("| option |")
    rows = re.findall(r"^\| (`[^|]*) \|", table, re.MULTILINE)
    return [row.split("`")[1] for row in rows]


def test_the_table_names_every_option_that_has_a_sample() -> None:
    assert named_in_the_docs() == list(SAMPLES)


@pytest.mark.parametrize("option", SAMPLES)
def test_its_lines_are_read(option: str) -> None:
    lines, calls = SAMPLES[option]
    log = parse([f"{line}\n" for line in lines])
    assert [f"{c.thread} {c.name}({c.arguments}) = {c.result}" for c in log.calls] == calls
    assert log.unknown == 0
    assert all(other.kind is not LineKind.COMMENT for other in log.others)
    assert dict(log.without) == {}
