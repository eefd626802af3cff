"""The machine code that is mapped into a traced program: what it says, and what it does."""

import signal
import subprocess
import sys
from itertools import accumulate

import pytest

from tests.support.need import need_protection
from walkthrough.capture.ptrace import handler_page
from walkthrough.capture.ptrace.handler_page import CODE, Breakpoint, HandlerPage

PUSH, RET = b"\x55", b"\xc3"
SMALL, LARGE = bytes.fromhex("4883ec18"), bytes.fromhex("4881ec00010000")
BREAKPOINTS = tuple(
    Breakpoint(0x401000 + 64 * number, instruction)
    for number, instruction in enumerate((PUSH, RET, SMALL, LARGE))
)
PAGE = HandlerPage(
    0x7F0000FFF000, 4096, bytes.fromhex("0010400000000000").ljust(32, b"\0"), BREAKPOINTS
)


class Memory:
    """A stand-in: some bytes at one address."""

    def __init__(self, address: int, data: bytes) -> None:
        self.address, self.data = address, data

    def read_up_to(self, address: int, length: int) -> bytes:
        at = address - self.address
        return self.data[at : at + length] if at >= 0 else b""


def test_each_instruction_is_what_is_said_of_it() -> None:
    from capstone import CS_ARCH_X86, CS_MODE_64, Cs

    code = b"".join(bytes.fromhex(each) for each, _ in CODE)
    found = [
        (each.bytes.hex(), f"{each.mnemonic} {each.op_str}".strip())
        for each in Cs(CS_ARCH_X86, CS_MODE_64).disasm(code, 0)
    ]
    assert found == list(CODE)


def test_each_jump_leads_to_an_instruction() -> None:
    beginnings = {0, *accumulate(len(each) // 2 for each, _ in CODE)}
    jumps = [text.split()[-1] for _, text in CODE if text[0] == "j" and text.split()[-1] != "rax"]
    assert len(jumps) == 9
    assert {int(each, 16) for each in jumps} < beginnings
    assert handler_page._RESTORER in beginnings


def test_what_it_reads_lies_where_it_is_written() -> None:
    addresses = [0, *accumulate(len(each) // 2 for each, _ in CODE)]
    read = [
        addresses[number + 1] + int(text.partition("rip ")[2].strip("]").replace(" ", ""), 16)
        for number, (_, text) in enumerate(CODE)
        if "rip" in text
    ]
    words = handler_page
    assert read == [words._TABLE, 0, words._SIZE, words._OWN_ACTION, words._SIZE + 8]
    content = PAGE.content()
    assert len(content) == PAGE.size
    assert int.from_bytes(content[words._SIZE :][:8], "little") == PAGE.size
    assert int.from_bytes(content[words._OWN_ACTION :][:8], "little") == 0x401000
    assert content[words._OWN_ACTION : words._SIZE] == PAGE.own_action
    assert content[words._SIZE + 8 : words._TABLE] == bytes(32), "SIG_DFL"
    assert addresses[-1] <= words._OWN_ACTION


def test_a_thunk_is_the_instruction_and_a_jump_behind_it() -> None:
    from capstone import CS_ARCH_X86, CS_MODE_64, Cs

    content, thunks = PAGE.content(), PAGE.thunks()
    assert list(thunks) == [each.address for each in BREAKPOINTS]
    for each in BREAKPOINTS:
        at = thunks[each.address] - PAGE.address
        first, *more = Cs(CS_ARCH_X86, CS_MODE_64).disasm(content[at : at + 32], 0)
        assert bytes(first.bytes) == each.instruction
        if each.instruction != RET:
            assert f"{more[0].mnemonic} {more[0].op_str}" == "jmp qword ptr [rip]"
            target = content[at + len(each.instruction) + 6 :][:8]
            assert int.from_bytes(target, "little") == each.address + len(each.instruction)


def test_a_page_is_read_back_as_it_was_written() -> None:
    memory = Memory(PAGE.address, PAGE.content())
    assert HandlerPage.at(PAGE.address, memory) == PAGE  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changed",
    [
        slice(0, 1),  # the code
        slice(0xD0, 0xD8),  # its size
        slice(0xF8, 0x108),  # the table
        slice(0xF8 + 16 * 4, 0xF8 + 16 * 4 + 8),  # its end
        slice(0x161, 0x162),  # the jump of a thunk
        slice(4095, 4096),
    ],
)
def test_what_is_no_page_is_not_taken_for_one(changed: slice) -> None:
    content = bytearray(PAGE.content())
    content[changed] = bytes(each ^ 0xFF for each in content[changed])
    memory = Memory(PAGE.address, bytes(content))
    assert HandlerPage.at(PAGE.address, memory) is None  # type: ignore[arg-type]
    for length in (0, 8, 0xF8, 0x100, 4095):
        memory = Memory(PAGE.address, PAGE.content()[:length])
        assert HandlerPage.at(PAGE.address, memory) is None  # type: ignore[arg-type]


def test_a_counter_in_a_thunk_has_its_place_in_the_text() -> None:
    for each in BREAKPOINTS:
        thunk = PAGE.thunks()[each.address]
        assert PAGE.is_in(thunk)
        assert PAGE.counterpart(thunk) == each.address
        behind = each.address + len(each.instruction)
        assert PAGE.counterpart(thunk + len(each.instruction)) == behind
        assert PAGE.counterpart(thunk + 20) is None
    assert PAGE.counterpart(PAGE.address) is None, "the handler"
    assert PAGE.counterpart(0x401000) is None
    assert not PAGE.is_in(PAGE.address + PAGE.size)


@pytest.mark.parametrize(
    ("counter", "segment", "returns"),
    [
        (PAGE.thunks()[0x401000], 0x33, True),
        (PAGE.address, 0x33, True),
        (PAGE.address + PAGE.size - 1, 0x33, True),
        (PAGE.address + PAGE.size, 0x33, False),
        (PAGE.address - 1, 0x33, False),
        (PAGE.thunks()[0x401000], 0x23, False),  # no frame: just a number
    ],
)
def test_a_frame_that_returns_into_the_page_is_found(
    counter: int, segment: int, returns: bool
) -> None:
    stack = 0x7FFF0000
    words = [1, 2, counter, 0x246, segment | 0x2B << 48, 0]
    data = b"".join(each.to_bytes(8, "little") for each in words)
    memory = Memory(stack - 8, data)
    assert PAGE.returns_into(memory, stack) == returns  # type: ignore[arg-type]
    shifted = Memory(stack - 4, data)
    assert not PAGE.returns_into(shifted, stack)  # type: ignore[arg-type]


# what it does, in a process of its own

TRIAL = """
import ctypes, mmap, os, resource, signal, struct, sys
from walkthrough.capture.ptrace import handler_page
from walkthrough.capture.ptrace.handler_page import Breakpoint, HandlerPage

resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
libc = ctypes.CDLL(None, use_errno=True)
page = mmap.mmap(-1, 4096, prot=7)
program = mmap.mmap(-1, 4096, prot=7)
address = lambda of: ctypes.addressof(ctypes.c_char.from_buffer(of))
base = address(program)
case, own = sys.argv[1], sys.argv[2]

# its own handler counts in the last word of its page
handler = bytes.fromhex("ff05") + struct.pack("<i", 4092 - 0x206) + b"\\xc3"
program[0x200 : 0x200 + len(handler)] = handler
actions = {"default": 0, "ignored": 1, "handled": base + 0x200}
action = struct.pack("<4Q", actions[own], 0, 0, 0)
opening, closing = {
    "small": ("4883ec18", "4883c418"),
    "large": ("4881ec00010000", "4881c400010000"),
}.get(case, ("55", "5d"))
body = bytes.fromhex(opening + "8d04bd05000000" + closing + "c3")  # 4 * edi + 5
program[: len(body)] = body
found = [Breakpoint(base, bytes.fromhex(opening)), Breakpoint(base + len(body) - 1, b"\\xc3")]
if case == "restored":  # mov eax, 7; int 3 (in two bytes); ret. From its second byte on: 03 c8
    program[0x80 : 0x89] = bytes.fromhex("b807000000cd03c8c3")
    found = [Breakpoint(base + 0x86, b"\\x55")]
made = HandlerPage(address(page), 4096, action, tuple(sorted(found, key=lambda b: b.address)))
page[:] = made.content()
assert libc.syscall(13, 5, made.action(), None, 8) == 0
function = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)
if case in ("push", "small", "large"):
    for each in found:
        program[each.address - base] = 0xCC
    print([function(base)(n) for n in (1, 2, 3)])
elif case == "restored":
    print(function(base + 0x80)(5))
elif case == "sent":
    os.kill(os.getpid(), signal.SIGTRAP)
elif case == "foreign":
    program[0x100:0x102] = b"\\xcc\\xc3"
    function(base + 0x100)(0)
print("own", struct.unpack_from("<i", program, 4092)[0], flush=True)
"""


def trial(case: str, own: str) -> tuple[int, str]:
    need_protection()
    done = subprocess.run([sys.executable, "-c", TRIAL, case, own], capture_output=True, text=True)
    assert done.stderr == ""
    return done.returncode, done.stdout


@pytest.mark.live
@pytest.mark.attaches
@pytest.mark.parametrize("opening", ["push", "small", "large"])
def test_a_program_that_nobody_traces_runs_over_its_breakpoints(opening: str) -> None:
    assert trial(opening, "handled") == (0, "[9, 13, 17]\nown 0\n")


@pytest.mark.live
@pytest.mark.attaches
def test_where_the_text_was_restored_meanwhile_it_goes_on_there() -> None:
    # At 0x86 is no int3, but what the second byte of `cd 03` begins there: `add ecx, eax; ret`
    assert trial("restored", "handled") == (0, "7\nown 0\n")


@pytest.mark.live
@pytest.mark.attaches
@pytest.mark.parametrize(
    ("case", "own", "ends", "says"),
    [
        ("sent", "handled", 0, "own 1\n"),
        ("sent", "ignored", 0, "own 0\n"),
        ("sent", "default", -signal.SIGTRAP, ""),
        ("foreign", "handled", 0, "own 1\n"),
        ("foreign", "ignored", -signal.SIGTRAP, ""),  # as the kernel would have it
        ("foreign", "default", -signal.SIGTRAP, ""),
    ],
)
def test_any_other_trap_gets_what_it_would_have_got(
    case: str, own: str, ends: int, says: str
) -> None:
    assert trial(case, own) == (ends, says)
