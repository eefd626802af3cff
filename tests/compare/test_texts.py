"""What programs write: times, processes and random bytes are no differences, and all else is."""

import pytest

from walkthrough.compare.align import compare
from walkthrough.compare.inputs import of_log
from walkthrough.compare.model import Side
from walkthrough.strace_log.log import parse

OPENED = '41 openat(AT_FDCWD, "/srv/door.log", O_WRONLY|O_APPEND) = 5\n'
OPENED_LATER = OPENED.replace("41 ", "4711 ")
KEPT = '41 openat(AT_FDCWD, "/srv/run/door.pid", O_WRONLY|O_CREAT, 0644) = 5\n'


def side(text: str) -> Side:
    return of_log(parse([line + "\n" for line in text.splitlines()]), "side")


def written(pid: int, text: str, length: int | None = None) -> str:
    """Return a log in which a process writes a text to a file of a log."""
    count = len(text.replace("\\n", "\n").removesuffix('..."')) if length is None else length
    quoted = text if text.endswith('"...') else f'"{text}"'
    return f"{OPENED.replace('41 ', f'{pid} ')}{pid} write(5, {quoted}, {count}) = {count}\n"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "2031/05/06 07:08:09 [notice] 41#41: up\\n",
            "2031/05/06 07:09:10 [notice] 4711#4711: up\\n",
        ),
        ("41:M 06 May 2031 07:08:09.123 * up\\n", "4711:M 06 May 2031 07:09:10.004 * up\\n"),
        ("May  6 07:08:09 host door[41]: up\\n", "May  6 07:09:10 host door[4711]: up\\n"),
        (
            '::1 - - [06/May/2031:07:08:09 +0000] \\"GET /\\"',
            '::1 - - [07/May/2031:01:02:03 +0000] \\"GET /\\"',
        ),
        ("2031-05-06T07:08:09.123456Z up in 12 ms\\n", "2031-05-06T07:08:10.5Z up in 3 ms\\n"),
        ("2031-05-06 07:08:09,123 INFO up\\n", "2031-05-06 07:08:10,001 INFO up\\n"),
        ("Tue May  6 07:08:09 2031: up\\n", "Wed May  7 17:18:19 2031: up\\n"),
        ("Date: Tue, 06 May 2031 07:08:09 GMT\\r\\n", "Date: Wed, 07 May 2031 17:18:19 GMT\\r\\n"),
        ("ts=1935904089.123 up\\n", "ts=1935904090.7 up\\n"),
        ("started, pid 41\\n", "started, pid 4711\\n"),
        ("workers of 41 are ready\\n", "workers of 4711 are ready\\n"),
        ("run 0f1e2d3c4b5a69788796a5b4c3d2e1f0\\n", "run f0e1d2c3b4a5968778695a4b3c2d1e0f\\n"),
        ("id 01234567-89ab-cdef-0123-456789abcdef", "id fedcba98-89ab-cdef-0123-456789abcdef"),
        ("uptime: 17\\n", "uptime: 9\\n"),
        ("/proc/41/stat", "/proc/4711/stat"),
        ("\\26\\3\\3\\0\\4abcd", "\\26\\3\\3\\0\\5xyzab"),
        ("\\1\\0\\0\\0)\\0\\0\\0", "\\1\\0\\0\\0)\\0\\0\\0"),
    ],
)
def test_times_processes_and_random_bytes_are_no_difference(one: str, other: str) -> None:
    found = compare(side(written(41, one)), side(written(4711, other)))
    assert not found.differs, [pair for pair in found.pairs if pair.verdict != "same"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "2031/05/06 07:08:09 [notice] 41#41: up\\n",
            "2031/05/06 07:09:10 [notice] 4711#4711: down\\n",
        ),
        (
            "May  6 07:08:09 host door[41]: port 80\\n",
            "May  6 07:09:10 host door[4711]: port 81\\n",
        ),
        (
            "Date: Tue, 06 May 2031 07:08:09 GMT\\r\\nAge: 1",
            "Date: Tue, 06 May 2031 07:08:09 GMT\\r\\nAge: 2",
        ),
        ("backlog 128\\n", "backlog 511\\n"),
        ("workers of 42 are ready\\n", "workers of 43 are ready\\n"),
        ("version 10.2.1\\n", "version 10.2.2\\n"),
        ("listening on 127.0.0.1\\n", "listening on 127.0.0.2\\n"),
    ],
)
def test_all_else_of_a_text_is_a_difference(one: str, other: str) -> None:
    assert compare(side(written(41, one)), side(written(4711, other))).differs


def test_a_text_that_is_cut_within_a_time_or_a_number() -> None:
    one, other = '"2031/05/06 07:08:09 [notice] 41"...', '"2031/05/06 07:09:10 [notice] 47"...'
    assert not compare(side(written(41, one, 70)), side(written(4711, other, 70))).differs
    one, other = (
        '"HTTP/1.1 200 OK\\r\\nDate: Tue, 06 M"...',
        '"HTTP/1.1 200 OK\\r\\nDate: Wed, 07 M"...',
    )
    assert not compare(side(written(41, one, 99)), side(written(4711, other, 99))).differs
    other = '"HTTP/1.1 404 No\\r\\nDate: Wed, 07 M"...'
    assert compare(side(written(41, one, 99)), side(written(4711, other, 99))).differs


def test_a_number_that_happens_to_be_a_process_on_one_side_is_the_same_number() -> None:
    text = "room for 41 guests\\n"
    assert not compare(side(written(41, text)), side(written(4711, text))).differs


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (
            f'{KEPT}41 write(5, "41\\n", 3) = 3',
            f'{KEPT.replace("41 ", "4711 ", 1)}4711 write(5, "4711\\n", 5) = 5',
            True,
        ),
        (r'41 getrandom("\x01\x02", 2, 0) = 2', r'41 getrandom("\x09\x08", 2, 0) = 2', True),
        (r'41 getrandom("\x01\x02", 2, 0) = 2', r'41 getrandom("\x09\x08", 4, 0) = 4', False),
        ("41 getpid() = 41", "4711 getpid() = 4711", True),
        ("41 kill(41, SIGUSR1) = 0", "4711 kill(4711, SIGUSR1) = 0", True),
        ("41 kill(41, SIGUSR1) = 0", "4711 kill(4712, SIGUSR1) = 0", False),
        ("41 fcntl(5, F_SETOWN, 41) = 0", "4711 fcntl(5, F_SETOWN, 4711) = 0", True),
        ("41 fcntl(5, F_SETFD, 0) = 0", "41 fcntl(5, F_SETFD, 1) = 0", False),
        ("41 sysinfo({uptime=7, procs=9}) = 0", "41 sysinfo({uptime=8, procs=5}) = 0", True),
        (
            "41 clone3({exit_signal=0, stack_size=0x7fff00} => {parent_tid=[42]}, 88) = 42",
            "4711 clone3({exit_signal=0, stack_size=0x7fff00} => {parent_tid=[4712]}, 88) = 4712",
            True,
        ),
        (
            "41 clone3({exit_signal=0} => {parent_tid=[42]}, 88) = 42",
            "4711 clone3({exit_signal=SIGCHLD} => {parent_tid=[4712]}, 88) = 4712",
            False,
        ),
        (
            '41 openat(AT_FDCWD, "/dev/urandom", O_RDONLY) = 3\n41 read(3, "ab", 2) = 2',
            '41 openat(AT_FDCWD, "/dev/urandom", O_RDONLY) = 3\n41 read(3, "cd", 2) = 2',
            True,
        ),
        (
            '41 openat(AT_FDCWD, "/proc/self/stat", O_RDONLY) = 3\n41 read(3, "41 (a)", 99) = 6',
            '41 openat(AT_FDCWD, "/proc/self/stat", O_RDONLY) = 3\n41 read(3, "9 (a)", 99) = 5',
            True,
        ),
        (
            '41 openat(AT_FDCWD, "/proc/sys/net/core/somaxconn", O_RDONLY) = 3\n'
            '41 read(3, "128\\n", 99) = 4',
            '41 openat(AT_FDCWD, "/proc/sys/net/core/somaxconn", O_RDONLY) = 3\n'
            '41 read(3, "4096\\n", 99) = 5',
            False,
        ),
        (
            "41 fstat(3, {st_mode=S_IFREG|0644, st_size=9, st_mtime=1935904089, ...}) = 0",
            "41 fstat(3, {st_mode=S_IFREG|0644, st_size=9, st_mtime=1935904111, ...}) = 0",
            True,
        ),
        (
            "41 fstat(3, {st_mode=S_IFREG|0644, st_size=9, ...}) = 0",
            "41 fstat(3, {st_mode=S_IFREG|0600, st_size=9, ...}) = 0",
            False,
        ),
        ("41 munmap(0x7f0000000000, 4096) = 0", "41 munmap(0x7f0000000000, 8192) = 0", True),
    ],
)
def test_calls_that_tell_of_a_run(one: str, other: str, same: bool) -> None:
    assert compare(side(one), side(other)).differs is not same


def test_a_process_in_a_message_of_four_byte_words() -> None:
    made = "300 socketpair(AF_UNIX, SOCK_STREAM, 0, [3, 4]) = 0\n300 fork() = 301\n"
    found = '300 sendto(3, "\\1\\0\\0\\0-\\1\\0\\0", 8, 0, NULL, 0) = 8\n'
    later = made.replace("300", "5000").replace("301", "5001")
    same = found.replace("300 ", "5000 ").replace("-\\1", "\\211\\23")
    assert not compare(side(made + found), side(later + same)).differs
    assert compare(side(made + found), side(later + same.replace('"\\1', '"\\2'))).differs


@pytest.mark.parametrize(
    "form", ["/run/door.{}.sock", "/run/door_{}.sock", "/run/{}-door", "/r/{}"]
)
def test_a_process_in_the_name_of_a_socket_and_the_length_of_its_address(form: str) -> None:
    def bound(process: int, form: str = form, given: int | None = None) -> Side:
        path = form.format(process if given is None else given)
        address = f'{{sa_family=AF_UNIX, sun_path="{path}"}}'
        size = len(path) + 3
        return side(
            f"{process} socket(AF_UNIX, SOCK_STREAM, 0) = 3\n"
            f"{process} bind(3, {address}, {size}) = 0\n"
            f"{process} getsockname(3, {address}, [110 => {size}]) = 0\n"
        )

    assert not compare(bound(4711), bound(93)).differs
    assert not compare(bound(93), bound(4711)).differs
    assert compare(bound(4711), bound(93, form.replace("r", "R"))).differs
    assert compare(bound(4711), bound(4711, given=4712)).differs


def test_the_digits_behind_a_point_are_no_process() -> None:
    one, other = (side(written(process, f"load 0.{process}\\n", 11)) for process in (4711, 4712))
    assert compare(one, other).differs


def test_the_number_beside_the_name_of_a_device_is_no_difference() -> None:
    """As strace writes it with -X verbose."""
    looks = '41 newfstatat(3, "", {{st_mode=S_IFCHR|0660, st_rdev={}, ...}}, AT_EMPTY_PATH) = 0\n'
    plain, other = (side(looks.format(f"makedev(0x5, {minor})")) for minor in ("0x2", "0x3"))
    verbose = side(looks.format("0x502 /* makedev(0x5, 0x2) */"))
    assert not compare(plain, verbose).differs
    assert compare(other, verbose).differs
