"""Mutates strace logs and uses each: nothing may raise, lose a line, or take too long.

Each is parsed, turned into events and folded to the end, and compared with what it was made of.

    strace -f -o LOG PROGRAM
    python scripts/fuzz_strace_log.py [LOG ...] [--inputs 100000] [--seed 1] [--keep FOLDER]

What is mutated are the given logs and `DIALECTS`: what versions, options, machines and those who
hand logs on make of a small one. Mutations are seeded: a finding can be made again by its seed, and
is kept in a folder. Ends with status 1 if there was one.
"""

import argparse
import random
import re
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from walkthrough.call_stages.arguments import label, plain, split
from walkthrough.compare.align import compare
from walkthrough.compare.follow_lines import AlignedLog
from walkthrough.compare.inputs import of_log
from walkthrough.compare.table import summary, table
from walkthrough.formatting.escaping import printable
from walkthrough.i18n.catalogue import catalogue
from walkthrough.state.history import History
from walkthrough.strace_log.detect import refusal
from walkthrough.strace_log.events import to_events
from walkthrough.strace_log.log import Log, LogError, parse

_LINES = 60
_SECONDS_PER_MEGABYTE = 20.0
_LEAST_SECONDS = 0.5
_PIECES = (
    b" <unfinished ...>", b"<... ", b" resumed>", b") = ", b"(", b")", b"[", b"]", b"{", b"}", b'"',
    b"\\", b"\\\"", b"'", b"/*", b"*/", b"<", b">", b"->", b"<<", b",", b", ", b"=", b"?", b"\0",
    b"\n", b"\r\n", b"\xff\xfe", b"\xe2\x80\xa8", b"\x1b[31m", b"[pid 7] ", b"77 ", b"12:00:00 ",
    b"0.000001 ", b"99999999999999999999", b" > a(b+0x1) [0x1]", b"+++ exited with 0 +++",
    b"/* ", b" */", b"0x2", b"0x80801", b"fd=", b"data=0x3", b"[1->2]", b"**", b"> ", b"# ", b"^C",
    b"```\n", b"$ strace x\n", b"    ", b"Mar  9 11:12:13 box strace[4]: ", b"12:",
    b"SYS_ACCEPT, [", b"\x1b[0m", b" (Resource temporarily", b"htons(", b"--- SIGURG ---",
    b"+++ superseded by execve in pid 7 +++", b"strace: Process 7 attached",
    b" <detached ...>", b" <pid changed to 7 ...>", b" <0.000001>", b"(INJECTED)", b"\xd9\xa3",
)  # fmt: skip

_PLAIN = b"""\
7 execve("./srv", ["./srv"], 0x7ffd /* 9 vars */) = 0
7 socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_IP) = 3
7 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
7 bind(3, {sa_family=AF_INET, sin_port=htons(8080), sin_addr=inet_addr("127.0.0.1")}, 16) = 0
7 listen(3, 5)                      = 0
7 epoll_create1(EPOLL_CLOEXEC)      = 4
7 epoll_ctl(4, EPOLL_CTL_ADD, 3, {events=EPOLLIN|EPOLLET, data={u32=3, u64=4294967299}}) = 0
7 clone(child_stack=NULL, flags=CLONE_CHILD_SETTID|SIGCHLD, child_tidptr=0x7f10) = 8
7 accept4(3, NULL, NULL, 0) = -1 EAGAIN (Resource temporarily unavailable)
7 epoll_wait(4,  <unfinished ...>
8 connect(5, {sa_family=AF_INET6, sin6_port=htons(80), sin6_flowinfo=htonl(0), \
inet_pton(AF_INET6, "::1", &sin6_addr), sin6_scope_id=0}, 28) = -1 ECONNREFUSED (Connection refused)
8 +++ exited with 0 +++
7 <... epoll_wait resumed>[{events=EPOLLIN, data={u32=3, u64=4294967299}}], 16, -1) = 1
7 --- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=8} ---
7 accept4(3, {sa_family=AF_INET, sin_port=htons(9), sin_addr=inet_addr("127.0.0.1")}, \
[128 => 16], SOCK_CLOEXEC) = 5
7 recvmsg(5, {msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base="hey", iov_len=9}]}, 0) = 3
7 write(1, "hello\\n", 6) = 6
7 close(5) = 0
7 exit_group(0) = ?
7 +++ exited with 0 +++
"""


def _each(change: Callable[[bytes], bytes]) -> bytes:
    return b"".join(change(line) + b"\n" for line in _PLAIN.splitlines())


def _named(line: bytes) -> bytes:
    name, _, rest = line.partition(b"(")
    if not rest:
        return line
    return name + b"(" + b", ".join(b"arg%d=" % at + p for at, p in enumerate(rest.split(b", ")))


def _verbose(line: bytes) -> bytes:
    return re.sub(
        rb"\b[A-Z]{2,}_[A-Z0-9_|]+\b", lambda m: b"0x%x /* %s */" % (len(m[0]), m[0]), line
    )


def _coloured(line: bytes) -> bytes:
    return re.sub(rb"(\w+|[^\w ])", b"\x1b[33m\\1\x1b[0m", line)


def _wrapped(line: bytes) -> bytes:
    return b"\n".join(line[at : at + 37] for at in range(0, len(line), 37))


DIALECTS: dict[str, bytes] = {
    "plain": _PLAIN,
    "argument names": _each(_named),
    "verbose": _each(_verbose),
    "raw": re.sub(rb"\b[A-Z]{2,}_[A-Z0-9_|]+\b", b"0x2", _PLAIN),
    "colour": _each(_coloured),
    "comm": _PLAIN.replace(b"7 ", b"7<my srv> ").replace(b"8 ", b"8<my srv> "),
    "data of 7.x": re.sub(rb"data=\{[^}]*\}", b"data=0x100000003", _PLAIN),
    "before 5.12": re.sub(rb"events=(\S+), data=(\{[^}]*\})", rb"\1, \2", _PLAIN).replace(
        b" => ", b"->"
    ),
    "labels": _PLAIN.replace(b"(3,", b"(3<TCP:[127.0.0.1:8080]>,").replace(b"= 5", b"= 5<x:[9]>"),
    "times": _each(lambda line: line[:2] + b"11:12:13.5 (+     0.1) " + line[2:]),
    "pointers": _each(lambda line: line[:2] + b"[a_t] [ 42] [00007f00000000ff] " + line[2:]),
    "i386": b"[ Process PID=7 runs in 32 bit mode. ]\n"
    + re.sub(rb"(accept4|listen|bind)\(([^\n]*)\) ", rb"socketcall(SYS_ACCEPT, [\2]) ", _PLAIN),
    "arm64": _PLAIN.replace(b"epoll_wait", b"epoll_pwait").replace(b", -1)", b", -1, NULL, 8)"),
    "system log": _each(lambda line: b"Mar  9 11:12:13 box strace[4]: " + line),
    "containers": _each(lambda line: b"srv-1  | 2026-03-09T11:12:13.1Z " + line),
    "Markdown": b"$ strace ./srv\n```\n# x\n" + _each(lambda line: b"> **" + line + b"**"),
    "indentation": _each(lambda line: b"    " + line + b"   # why"),
    "wrapped": _each(_wrapped),
    "hanging": _PLAIN[: _PLAIN.index(b"NULL, NULL, 0")] + b"^Cstrace: Process 7 detached\n"
    b" <detached ...>\naccept(3, \n",
    "table": _PLAIN + b"% time     calls  syscall\n------ --------- -------\n 50.00  3 read\n",
}  # fmt: skip

Mutation = Callable[[random.Random, bytearray], None]


def cut(chance: random.Random, data: bytearray) -> None:
    """Take some bytes out."""
    at, length = _span(chance, data)
    del data[at : at + length]


def double(chance: random.Random, data: bytearray) -> None:
    """Repeat some bytes."""
    at, length = _span(chance, data)
    data[at:at] = data[at : at + length] * chance.choice((1, 2, 30))


def flip(chance: random.Random, data: bytearray) -> None:
    """Put other bytes in the place of some."""
    for _ in range(chance.randint(1, 8)):
        data[chance.randrange(len(data))] = chance.randrange(256)


def insert(chance: random.Random, data: bytearray) -> None:
    """Insert pieces of the grammar, and what is none of it."""
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(data) + 1)
        data[at:at] = chance.choice(_PIECES) * chance.choice((1, 1, 1, 2, 50))


def splice(chance: random.Random, data: bytearray) -> None:
    """Move some bytes elsewhere."""
    at, length = _span(chance, data)
    piece = data[at : at + length]
    to = chance.randrange(len(data) + 1)
    data[to : to + chance.randrange(length + 1)] = piece


def swap_lines(chance: random.Random, data: bytearray) -> None:
    """Put the lines in another order."""
    lines = data.splitlines(keepends=True)
    chance.shuffle(lines)
    data[:] = b"".join(lines)


def end_early(chance: random.Random, data: bytearray) -> None:
    """Cut the log off."""
    del data[chance.randrange(len(data)) :]


MUTATIONS: tuple[Mutation, ...] = (cut, double, flip, insert, splice, swap_lines, end_early)


def _span(chance: random.Random, data: bytearray) -> tuple[int, int]:
    at = chance.randrange(len(data))
    return at, chance.randint(1, chance.choice((1, 4, 40, 400)))


def mutated(chance: random.Random, lines: list[bytes]) -> tuple[bytes, bytes]:
    """Return some lines of a log, as they are and changed in up to six ways."""
    at = chance.randrange(len(lines))
    original = b"".join(lines[at : at + chance.randint(1, _LINES)])
    data = bytearray(original)
    for _ in range(chance.randint(1, 6)):
        if data:
            chance.choice(MUTATIONS)(chance, data)
    return original, bytes(data)


def lost(log: Log, lines: list[bytes]) -> list[int]:
    """Return the numbers of lines that hold something, and of which the log tells nothing."""
    known = {number for call in log.calls for number in (call.line, call.end)}
    known.update(other.line for other in log.others)
    return [at for at, line in enumerate(lines, 1) if line.strip(b"\r\n") and at not in known]


def finding(original: bytes, data: bytes) -> str:
    """Use a log; return what went wrong, or ""."""
    lines = as_lines(data)
    began = time.thread_time()
    try:
        refusal("a.log", data[:65536])
        log = parse(lines)
        for call in log.calls:
            for text in (*split(call.arguments), call.result):
                plain(text)
                label(text)
        remarks = " ".join(map(str, log.remarks))
        read = time.thread_time() - began
        shown = "".join(use(log, parse(as_lines(original))))
    except Exception as error:
        return f"raised {error!r}"
    took = time.thread_time() - began
    if gone := lost(log, lines):
        return f"lost lines {gone[:5]}"
    allowed = _LEAST_SECONDS + len(data) / 2**20 * _SECONDS_PER_MEGABYTE
    if read > allowed or took > 4 * allowed:
        return f"took {read:.1f} s to read, {took:.1f} s in all, for {len(data)} bytes"
    return "" if printable(remarks + shown) == remarks + shown else "texts that are not printable"


def as_lines(data: bytes) -> list[bytes]:
    """Return bytes line by line, ends included."""
    lines = [line + b"\n" for line in data.split(b"\n")]
    lines[-1] = lines[-1][:-1]
    return [line for line in lines if line]


def use(log: Log, original: Log) -> Iterator[str]:
    """Do with a log what the commands do; give what is shown."""
    try:
        history = History.of(*to_events(log))
        history.world(len(history) - 1)
    except LogError:
        pass  # no socket in it
    comparison = compare(of_log(original, "original"), of_log(log, "mutated"))
    yield from (line.text for line in table(comparison, 100, catalogue("en"), everything=True))
    yield from (printable(str(text)) for text in summary(comparison))
    yield from (printable(line.text) for line in AlignedLog(comparison, log.others).lines)


def main() -> int:
    """Read mutated logs; return 1 if there was a finding."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("logs", metavar="LOG", nargs="*", type=Path)
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", metavar="FOLDER", type=Path, default=Path())
    options = parser.parse_args()
    logs = [*DIALECTS.values(), *(log.read_bytes() for log in options.logs)]
    pools = [log.splitlines(keepends=True) for log in logs if log]
    findings, size, began = 0, 0, time.monotonic()
    for seed in range(options.seed, options.seed + options.inputs):
        chance = random.Random(seed)
        original, data = mutated(chance, chance.choice(pools))
        size += len(data)
        if found := finding(original, data):
            findings += 1
            kept = options.keep / f"finding-{seed}.log"
            kept.write_bytes(data)
            print(f"seed {seed}: {printable(found)[:200]}; see {kept}", flush=True)
    took = time.monotonic() - began
    print(f"{options.inputs} inputs of {size >> 20} MiB in {took:.0f} s: {findings} findings")
    return int(findings > 0)


if __name__ == "__main__":
    sys.exit(main())
