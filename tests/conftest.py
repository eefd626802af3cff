"""How the tests are run: what live tests need, and what must not be left behind by any."""

import compileall
import contextlib
import gc
import json
import os
import re
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from _pytest.assertion import rewrite

from tests.support.need import IN_CI, need
from tests.support.time_limits import SLOW

sys.path.append(str(Path(__file__).parent.parent / "scripts"))  # what presses keys is there
sys.path.append(str(Path(__file__).parent.parent / "benchmarks"))  # what attaches under load is

ROOT = Path(__file__).parent.parent
REWRITTEN = re.compile(r"/test_\w+\.py$")
"""Files that are not imported as they stand: pytest rewrites their assertions."""
FIXED_PORT = ("ipv4-any", "the-document-today")
"""The scenarios that listen on a port of their own choice: where no network namespace can be had,
two runs of them get in each other's way."""
LONGEST = ("test_every_step.py", "test_key_pairs.py", "test_empty.py")
"""Files with tests that take longer than any other: begun last, each keeps one worker busy when
the others have nothing left."""
COLLECTED_AT = (150_000, 10, 10)
"""At so many new objects Python looks for garbage: a fifth of what tests of the screen did was to
look through everything that had ever been imported, since every screen is one large cycle."""
GROUPS = "groups"
"""What workers are told: the file for `_group_of` each test. xdist has no other way to pass it on:
it appends groups to the tests' names, which pytest 9.2 and later do not let it."""
_skipped_live: list[str] = []
_NO_CHOICES = pytest.StashKey[str]()


def pytest_configure(config: pytest.Config) -> None:
    """Let no test depend on how busy the machine is, nor on how it was started.

    Under nohup SIGHUP is ignored, behind a shell's ``&`` SIGINT, and children would inherit that.
    Where Python keeps no bytecode, every process that a test starts would compile all again.
    """
    gc.set_threshold(*COLLECTED_AT)
    cache = getattr(config, "cache", None)  # none with -p no:cacheprovider
    if sys.dont_write_bytecode and cache is not None:
        folder = str(cache.mkdir("bytecode"))  # not beside the source: that is not wanted
        sys.dont_write_bytecode, sys.pycache_prefix = False, folder
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = folder
    os.environ["LC_ALL"] = "C.UTF-8"  # what is said is English, and nobody's choice of old
    os.environ["XDG_CONFIG_HOME"] = config.stash[_NO_CHOICES] = tempfile.mkdtemp()
    # Nor what anybody has learned, and tests leave no recordings among the user's own.
    os.environ["XDG_DATA_HOME"] = os.path.join(config.stash[_NO_CHOICES], "data")
    config.addinivalue_line("markers", "failing: something on a screen is made to fail")
    config.addinivalue_line("markers", "together(name): one worker takes all tests of that name")
    import hypothesis  # of which pytest keeps nothing where no bytecode may be written

    hypothesis.settings.register_profile("walkthrough", deadline=None)
    hypothesis.settings.load_profile("walkthrough")
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Compile once what all workers would compile, each for itself, after a change or at first."""
    config = session.config
    if hasattr(config, "workerinput") or not getattr(config.option, "numprocesses", 0):
        return
    for folder in ("walkthrough", "scripts", "tests"):
        compileall.compile_dir(ROOT / folder, quiet=2, rx=REWRITTEN)
    state = config.stash[rewrite.assertstate_key]
    for file in (ROOT / "tests").rglob("*.py"):
        kept = rewrite.get_cache_dir(file) / f"{file.stem}{rewrite.PYC_TAIL}"
        if not REWRITTEN.search(str(file)) or (kept.exists() and _is_newer(kept, file)):
            continue
        stat, code = rewrite._rewrite_test(file, config)
        if rewrite.try_makedirs(kept.parent):
            rewrite._write_pyc(state, code, stat, kept)


def _is_newer(file: Path, other: Path) -> bool:
    return file.stat().st_mtime > other.stat().st_mtime


def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()  # modules and tests stay


def pytest_unconfigure(config: pytest.Config) -> None:
    shutil.rmtree(config.stash[_NO_CHOICES], ignore_errors=True)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.skipped and "live" in report.keywords and not hasattr(report, "wasxfail"):
        _skipped_live.append(report.nodeid)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _skipped_live:
        terminalreporter.write_line(f"{len(_skipped_live)} live tests did not run (reasons above)")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI a live test that did not run is a failure, whoever skipped it."""
    if IN_CI and _skipped_live and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """Share folders of tests out, two workers for each core: live tests wait half of the time.

    Others hardly wait: one worker more than there are cores keeps all of them busy, and to start
    one takes as long as a hundred tests do.
    Whoever names files or single tests, or wants to see what they print, gets no workers: these
    take longer to start than a few tests. ``-n`` decides otherwise.
    """
    if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return None
    option = config.option
    if not any(Path(arg).is_dir() for arg in config.args):
        return 0
    if option.capture == "no" or option.collectonly:
        return 0
    cores = len(os.sched_getaffinity(0))
    return min(cores + 1 if option.markexpr == "not live" else 2 * cores, 8)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Share tests out in pieces, unless another way was asked for."""
    if config.getoption("dist") != "loadgroup":
        return None
    from tests.support.shared_out import PiecewiseScheduling

    def groups_of(node: Any) -> dict[str, str]:
        file = _groups(node)  # there is none where nothing could be collected, which is said then
        return json.loads(file.read_text()) if file.exists() else {}

    return PiecewiseScheduling(config, log, groups_of)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    node.workerinput[GROUPS] = str(_groups(node))


def _groups(node: Any) -> Path:
    """Return the file in which a worker writes which of its tests belong together."""
    return Path(node.config.stash[_NO_CHOICES], f"{node.gateway.id}.json")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep together what shares something: a port, or what a fixture made for the whole module.

    Workers take what stands alone in this order, after all that is kept together.
    """
    if SLOW > 1:
        for item in items:
            item.add_marker(pytest.mark.timeout(_seconds_of(item) * SLOW), append=False)
    if not hasattr(config, "workerinput"):
        return
    items.sort(key=lambda item: item.path.name not in LONGEST)
    groups = {item.nodeid: name for item in items if (name := _group_of(item))}
    Path(config.workerinput[GROUPS]).write_text(json.dumps(groups))


def _seconds_of(item: pytest.Item) -> float:
    """Return pytest's limit of a test, on a machine that is as fast as others."""
    marker = item.get_closest_marker("timeout")
    return float(marker.args[0] if marker is not None else item.config.getini("timeout"))


def _group_of(item: pytest.Item) -> str:
    """Return the name of those of which one worker takes all, "" for a test that stands alone."""
    if item.get_closest_marker("live"):
        if any(name in item.name for name in FIXED_PORT):
            return "the fixed port"
        if "many-connections" in item.name:
            return "many connections"
    if marker := item.get_closest_marker("together"):
        return str(marker.args[0])
    assert isinstance(item, pytest.Function)
    made_for = (fixtures[-1].scope for fixtures in item._fixtureinfo.name2fixturedefs.values())
    return item.nodeid.partition("::")[0] if "module" in made_for else ""


@pytest.fixture(autouse=True)
def _no_pictures_left() -> Iterator[None]:
    """Let a test fail that saves the screen in the folder the tests were started in."""
    here = Path.cwd()
    before = {*here.glob("walkthrough-*.svg")}
    yield
    left = {*here.glob("walkthrough-*.svg")} - before
    assert not left, f"left behind: {sorted(path.name for path in left)}; use monkeypatch.chdir"


@pytest.fixture(autouse=True)
def _no_failures(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let a screen on which something failed fail its test, though the screen itself goes on."""
    if "walkthrough.tui.app" not in sys.modules or request.node.get_closest_marker("failing"):
        yield
        return
    from walkthrough.tui import app

    failed: list[BaseException] = []

    def keep(error: BaseException) -> None:
        failed.append(error)

    monkeypatch.setattr(app, "keep", keep)
    yield
    if failed:
        raise failed[0]


@pytest.fixture(autouse=True)
def _logs_are_replayed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tell every log that a test reads once more, call by call: its stages must be the same."""
    if "walkthrough.strace_log.told_stages" not in sys.modules:
        return
    from tests.support.replayed_calls import checked
    from walkthrough.strace_log import log, told_stages

    roles_of_files = checked(told_stages.roles_of_files)
    for module in (log, told_stages):
        monkeypatch.setattr(module, "roles_of_files", roles_of_files)


@pytest.fixture(scope="session")
def _one_build(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Let one worker fill the cache with the scenario server's program, while others wait.

    At once, each of them would build it all. A build that fails is not the matter here.
    """
    import fcntl

    from walkthrough.capture.environment.doctor import can_trace_go
    from walkthrough.capture.environment.go_toolchain import build_server, find_go
    from walkthrough.capture.errors import CaptureError
    from walkthrough.scenario.loader import server_folder

    if not can_trace_go()[0]:
        return
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent  # which all workers of a run share
    with open(folder / "go_server.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with contextlib.suppress(CaptureError):
            build_server(find_go(), server_folder(), lambda line: None)


@pytest.fixture(autouse=True)
def _built_before_a_live_test(request: pytest.FixtureRequest) -> None:
    """Fill the cache before programs that a live test starts look there: they know no worker."""
    if request.node.get_closest_marker("live"):
        request.getfixturevalue("_one_build")


@pytest.fixture(scope="session")
def go_server(_one_build: None) -> Path:
    """The scenario server's program, built with the Go that is installed."""
    from walkthrough.capture.environment.doctor import can_trace_go
    from walkthrough.capture.environment.go_toolchain import build_server, find_go
    from walkthrough.scenario.loader import server_folder

    able, why = can_trace_go()
    need(able, why)
    return build_server(find_go(), server_folder(), lambda line: None)


@pytest.fixture(scope="session")
def strace() -> str:
    """The strace program."""
    need(sys.platform == "linux", "strace needs Linux")
    found = shutil.which("strace")
    need(found is not None, "strace is not installed")
    return str(found)
