"""What is not an strace log is refused in one sentence, other tools by their names."""

from pathlib import Path

import pytest

from walkthrough.i18n.catalogue import catalogue
from walkthrough.strace_log.log import FileKind, LogError, kind_of, load, parse

TOOLS = {
    "dtruss": (
        "SYSCALL(args) \t\t = return\n"
        "socket(0x2, 0x1, 0x0)\t\t = 6 0\nlisten(0x6, 0x9, 0x0)\t\t = 0 0\n",
        "socket(0x2, 0x1, 0x0)\t\t = 6 0\nbind(0x6, 0x16FDFF, 0x10)\t\t = -1 Err#48\n",
        "\tPID/THRD  SYSCALL(args) \t\t = return\n77/0x1f2:  accept(0x6, 0x0, 0x0)\t\t = 7 0\n",
        "77/0x1f2:  socket(0x2, 0x1, 0x0)\t\t = 6 0\n77/0x1f2:  listen(0x6, 0x9, 0x0)\t\t = 0 0\n",
    ),
    "truss": (
        "socket(PF_INET,SOCK_STREAM,0)\t\t\t = 6 (0x6)\nlisten(6,9)\t\t\t\t = 0 (0x0)\n",
        "77: socket(PF_INET,SOCK_STREAM,0)\t\t = 6 (0x6)\n"
        "77: accept(6,0x0,0x0)\t\t\t ERR#35 'Resource temporarily unavailable'\n",
        "0.000012345 listen(6,9)\t\t\t\t = 0 (0x0)\n",
        "77/1:\tlisten(6, 9, SOV_DEFAULT)\t\tErr#98 EADDRINUSE\n",
        "so_socket(PF_INET, SOCK_STREAM, 0, 0x00000000, SOV_DEFAULT) = 6\n"
        "accept(6, 0x08047B50, 0x08047B4C, SOV_DEFAULT) (sleeping...)\n"
        "close(6)\t\t\t\t= 0\n",
    ),
    "gVisor": (
        "I0309 11:12:13.123456       1 strace.go:564] [   1:   1] srv E socket(AF_INET, 1, 0x0)\n"
        "I0309 11:12:13.123457       1 strace.go:602] [   1:   1] srv X socket(AF_INET, 1, 0x0) = "
        "6 (0x6) (1.2µs)\n",
        "D0309 11:12:13.123456       1 task_exit.go:187] [   1(1)] Transitioning\n",
    ),
    "perf trace": (
        "     0.000 ( 0.012 ms): srv/77 socket(family: INET, type: STREAM) = 6\n"
        "         ? (         ): srv/77  ... [continued]: epoll_wait()) = 1\n",
        "     0.000 socket(family: INET, type: STREAM) = 6\n     0.031 listen(fd: 6) = 0\n",
        "     0.000 srv/77 socket(family: INET, type: STREAM) = 6\n",
    ),
    "perf": ("srv 77 [003] 12345.678901: syscalls:sys_enter_socket: family: 0x00000002\n",),
    "ftrace": (
        "# tracer: nop\n#\n# entries-in-buffer/entries-written: 2/2   #P:4\n",
        "           srv-77      [003] ..... 12345.678901: sys_socket(family: 2, type: 1)\n",
    ),
    "bpftrace": (
        "Attaching 2 probes...\nsrv socket\nsrv listen\n",
        "Attached 3 probes\n77 socket\n",
        "@calls[srv, socket]: 3\n@calls[srv, listen]: 1\n",
    ),
    "bcc": ("PID    COMM             IP PORT\n77     srv               4 8080\n",),
    "ltrace": (
        "srv->socket(2, 1, 0) = 6\nsrv->listen(6, 9) = 0\n",
        "SYS_socket(2, 1, 0) = 6\nSYS_listen(6, 9) = 0\n",
        "[pid 77] SYS_socket(2, 1, 0) = 6\n",
        'puts("hello") = 6\nmalloc(9) = 0x5566\n+++ exited (status 0) +++\n',
        "__libc_start_main(0x401136, 1, 0x7ffe, 0 <unfinished ...>\nsocket(2, 1, 0) = 6\n"
        "accept(6, 0, 0, 0x7f <no return ...>\n+++ killed by SIGINT +++\n",
    ),
    "kdump": (
        "    77 srv      CALL  socket(PF_INET,SOCK_STREAM,0)\n    77 srv      RET   socket 6\n",
        " 77 100123 srv CALL  listen(0x6,0x9)\n 77 100123 srv RET   listen 0\n",
    ),
    "sysdig": (
        "12 11:12:13.123456789 0 srv (77) > socket domain=2(AF_INET) type=1 proto=0\n"
        "13 11:12:13.123457789 0 srv (77.78) < socket fd=6(<4>)\n",
    ),
    "auditd": ("type=SYSCALL msg=audit(1773050000.123:456): arch=c000003e syscall=41\n",),
    "DTrace": ("CPU     ID                    FUNCTION:NAME\n  0    123       socket:entry\n",),
    "uftrace": ("# DURATION     TID     FUNCTION\n            [    77] | main() {\n",),
    "qemu": ('77 socket(2,1,0) = 6\n77 write(6,"a, b",4) = 4\n',),
    "valgrind": ("SYSCALL[77,1](41) sys_socket ( 2, 1, 0 )[sync] --> Success(0x6)\n",),
    "tcpdump": ("11:12:13.123456 IP 127.0.0.1.4000 > 127.0.0.1.8080: Flags [S], seq 1\n",),
}  # fmt: skip
CASES = [(tool, text) for tool, texts in TOOLS.items() for text in texts]


@pytest.mark.parametrize(
    ("tool", "text"), CASES, ids=[f"{tool}-{at}" for at, (tool, _) in enumerate(CASES)]
)
def test_other_tools_are_refused_by_their_names(tool: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text(text, "utf-8")
    with pytest.raises(LogError) as refused:
        load(path)
    said = f"{path} looks like a log of {tool}: trace with `strace -f -o LOG PROGRAM`."
    assert str(refused.value) == said
    assert f"看起来是 {tool} 的日志" in catalogue("zh").text(refused.value.message)


JSON = "looks like JSON: name an strace log"
NO_CALL = "holds no system call that strace printed; its first line is"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"a": 1}\n', JSON),
        ('["a", {"b": [1, 2]}]', JSON),
        ("[]\n", JSON),
        ('{\n  "a": 1,\n  "b": [\n    2\n  ]\n}\n', JSON),
        ('{"a": 1}\n{"a": 2}\n', JSON),
        ('{"log": "socket(2, 1, 0) = 3\\n"}\n{"log": "x"}\n', JSON),
        ('{"long": "' + "x" * 100_000 + '"}', JSON),
        ("[\n" + '  {"n": 1},\n' * 9_000 + "]\n", JSON),
        ('\ufeff{"a": 1}\n', JSON),
        ("[info] the server begins\n[info] listening\n", NO_CALL),
        ("[1234] the server begins\n[1235] listening\n", NO_CALL),
        ("{ braces }\n", NO_CALL),
        ("[ 0.123] kernel: words\n[ 0.124] kernel: more\n", NO_CALL),
        ("[ 12.3] kernel: words\n", NO_CALL),
        ("[section]\nkey = value\n", NO_CALL),
        ('"a string"\n', NO_CALL),
        ("12\n", NO_CALL),
    ],
)
def test_only_json_is_called_json(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text(text, "utf-8")
    assert kind_of(path) is FileKind.NEITHER
    with pytest.raises(LogError, match=said):
        load(path)


@pytest.mark.parametrize(
    "line",
    [
        "[  41] close(3) = 0",
        "[00007f5d8fbf8dd4] close(3) = 0",
        "[pid 7] close(3) = 0",
        "{ close(3) = 0",
        "close(3)\t\t= 0",
    ],
)
def test_logs_are_none_of_them(line: str, tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text(f"close(4) = 0\n{line}\n", "utf-8")
    assert len(load(path).calls) >= 1
    assert len(parse([line + "\n"]).calls) <= 1
