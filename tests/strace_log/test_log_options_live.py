"""A server under strace(1) with option after option: what is read is the same."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.need import need
from walkthrough.compare.align import compare
from walkthrough.compare.inputs import of_log
from walkthrough.model.events import KernelObserved
from walkthrough.model.kernel_state import KernelState
from walkthrough.strace_log.events import to_events
from walkthrough.strace_log.log import Log, load
from walkthrough.strace_log.told_stages import place_of_calls

pytestmark = pytest.mark.live

SERVER = r"""
import select, socket
server = socket.socket()
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", 0))
server.listen(5)
poller = select.epoll()
poller.register(server.fileno(), select.EPOLLIN | select.EPOLLET)
client = socket.create_connection(server.getsockname())
client.sendall(b"\x01 \"quoted\", [1->2] /* 0x2 */\n")
poller.poll()
accepted, _ = server.accept()
accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
accepted.recv(64)
accepted.shutdown(socket.SHUT_WR)
six = socket.socket(socket.AF_INET6, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
try:
    six.connect(("::", 0))
except OSError:
    pass
"""
TRACED = "--trace=%network,epoll_create1,epoll_ctl,epoll_wait"
OPTIONS = [
    "-f",
    "-ff",
    "-t",
    "-tt",
    "-ttt",
    "-r",
    "-r -t",
    "--absolute-timestamps=format:unix,precision:ns",
    "--relative-timestamps=ms -tt",
    "-T",
    "--syscall-times=ns",
    "-i",
    "-k",
    "-n",
    "-v",
    "-x",
    "-xx",
    "--strings-in-hex=non-ascii-chars",
    "-X raw",
    "-X abbrev",
    "-X verbose",
    "-X verbose -xx -v -yy -Y -n -i -T -tt -f",
    "-y",
    "-yy",
    "--decode-fds=path,socket",
    "--decode-fds=dev,pidfd",
    "-Y",
    "--pidns-translation",
    "--decode-pids=pidns,comm",
    "-a 1",
    "-a 200",
    "-s 4096",
    "-q",
    "-qqq",
    "-C",
    "-C -U name,calls,time -S name",
    "-C -U calls,errors",
    "-C -w",
    "--tips=full",
    "-e status=successful,failed",
    "-e signal=none",
    "-e read=all",
    "-e write=all -e read=all",
    "-e abbrev=none",
    "-e inject=listen:delay_exit=1",
    "-e inject=listen:delay_enter=1:delay_exit=1 -T",
    "--seccomp-bpf -f",
    "-D",
    "-I 1",
    "-A",
    "-b execve",
    "-E A=B",
    "-O 1",
]


def traced(folder: Path, options: str, *, to_file: bool = True) -> Log:
    """Run the server under strace; return its log, read."""
    need(shutil.which("strace") is not None, "strace is not installed")
    path = folder / "a.log"
    command = ["strace", *options.split(), TRACED, *(["-o", str(path)] if to_file else [])]
    ran = subprocess.run(
        [*command, sys.executable, "-I", "-S", "-c", SERVER], capture_output=True, timeout=120
    )
    assert ran.returncode == 0, ran.stderr
    if not to_file:
        path.write_bytes(ran.stderr)
    return load(path)


def last_view(log: Log) -> KernelState:
    states = [e.state for e in to_events(log)[1] if isinstance(e, KernelObserved)]
    return states[-2] if states[-1].descriptors == () else states[-1]


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Log:
    return traced(tmp_path_factory.mktemp("plain"), "")


@pytest.mark.parametrize("options", OPTIONS)
def test_every_option_gives_the_same_calls(options: str, plain: Log, tmp_path: Path) -> None:
    log = traced(tmp_path, options)
    assert (log.unknown, log.cut, log.torn, log.wrapped, dict(log.without)) == (0, False, 0, 0, {})
    assert [call.name for call in log.calls] == [call.name for call in plain.calls]
    assert place_of_calls(log.calls) == place_of_calls(plain.calls)
    assert not compare(of_log(plain), of_log(log)).differs
    ours, theirs = last_view(plain), last_view(log)
    assert [(s.fd, s.state, s.backlog) for s in theirs.sockets] == [
        (s.fd, s.state, s.backlog) for s in ours.sockets
    ]
    assert theirs.epolls == ours.epolls


@pytest.mark.parametrize("options", ["--tips=full", "--tips=compact", "-C -U calls,name", "-f", ""])
def test_what_strace_says_on_the_terminal_is_known(
    options: str, plain: Log, tmp_path: Path
) -> None:
    log = traced(tmp_path, options, to_file=False)
    assert log.unknown == 0, log.remarks
    assert not compare(of_log(plain), of_log(log)).differs


@pytest.mark.parametrize(
    "options", ["-e raw=all", "-e verbose=none", "-z", "-Z", "-e status=failed"]
)
def test_options_that_leave_out_values_or_calls_are_read_as_far_as_they_go(
    options: str, plain: Log, tmp_path: Path
) -> None:
    log = traced(tmp_path, options)
    assert log.unknown == 0
    kept = [call.name for call in plain.calls]
    if options in ("-z", "-Z", "-e status=failed"):
        failed = options != "-z"
        kept = [call.name for call in plain.calls if call.result.startswith("-1") is failed]
    else:
        assert place_of_calls(log.calls)[:4] == place_of_calls(plain.calls)[:4]
        assert [call.result for call in log.calls[:4]] == [call.result for call in plain.calls[:4]]
    assert [call.name for call in log.calls if call.result != "?"] == kept
