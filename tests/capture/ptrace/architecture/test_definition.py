"""Both architectures, decoded on whatever machine: real functions, registers, stacks, headers."""

import struct
import tomllib
from pathlib import Path
from typing import Any

import pytest

from walkthrough.capture.decode.goabi import assign, layout
from walkthrough.capture.ptrace.architecture.aarch64 import AARCH64
from walkthrough.capture.ptrace.architecture.definition import NONE, Architecture, FrameShape
from walkthrough.capture.ptrace.architecture.x86_64 import X86_64
from walkthrough.capture.ptrace.binary import TraceableFunction
from walkthrough.capture.ptrace.breakpoints import carry_out, prepare
from walkthrough.capture.ptrace.ptrace_api import Registers
from walkthrough.capture.ptrace.stops import Probe, SavedStack, callers
from walkthrough.capture.ptrace.traced_functions import TracedFunction

FUNCTIONS = tomllib.loads(Path(__file__).with_name("functions.toml").read_text("utf-8"))["function"]
BOTH = pytest.mark.parametrize("architecture", [X86_64, AARCH64], ids=lambda each: each.name)
X20 = 20

# What objdump shows of the same functions: where the frame is opened, by how much, the returns.
EXPECTED = {
    ("amd64", "main.handle"): (0x6, 8, (0x31, 0x3C)),
    ("amd64", "main.listenAgain"): (0xA, 8, (0x11B, 0x12D, 0x139)),
    ("arm64", "main.handle"): (0xC, 0x30, (0x3C, 0x4C)),
    ("arm64", "main.listenAgain"): (0xC, 0x50, (0x11C, 0x130, 0x144)),
    ("arm64", "main.mainWithOptions"): (0x10, 0x100, (0x358,)),
}


def architecture_of(function: dict[str, Any]) -> Architecture:
    return X86_64 if function["goarch"] == X86_64.goarch else AARCH64


def shape_of(function: dict[str, Any]) -> FrameShape:
    code = bytes.fromhex("".join(function["code"].split()))
    shape = architecture_of(function).frame_shape(code, function["address"])
    assert isinstance(shape, FrameShape)
    return shape


class Written(dict[int, bytes]):
    """Memory that remembers what was written."""

    def write(self, address: int, data: bytes) -> None:
        self[address] = data


def registers(architecture: Architecture, **named: int) -> Registers:
    """Return registers as they are read at a stop; those not named are 1,000 times their place."""
    made = Registers(architecture)
    for place, name in enumerate(architecture.registers):
        made.put(place, named.get(name, 1000 * place))
    made.unpack()
    return made


def words_after(made: Registers) -> tuple[int, ...]:
    made.unpack()
    return made.words


def watched(arguments: list[tuple[str, str]], architecture: Architecture) -> TracedFunction:
    taken = layout(assign(arguments, len(architecture.arguments)))
    return TracedFunction("main.f", None, taken, layout(()), frozenset())


def probe(shape: FrameShape, architecture: Architecture, is_return: bool = False) -> Probe:
    function = TraceableFunction("main.f", 0, 1, shape, (), ())
    return Probe(function, watched([], architecture), is_return)


def test_there_is_a_function_for_each_way_of_opening_a_frame() -> None:
    assert {(each["goarch"], each["name"]) for each in FUNCTIONS} == set(EXPECTED)
    ways = {(each["goarch"], shape_of(each).lowered, shape_of(each).stored) for each in FUNCTIONS}
    assert ways == {
        ("amd64", X86_64.sp, X86_64.frame_pointer),
        ("arm64", AARCH64.sp, AARCH64.link),
        ("arm64", X20, NONE),
    }


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda each: f"{each['goarch']}-{each['name']}")
def test_breakpoints_of_real_functions(function: dict[str, Any]) -> None:
    shape, address = shape_of(function), function["address"]
    entry, frame, returns = EXPECTED[function["goarch"], function["name"]]
    assert shape.entry == address + entry
    assert shape.frame == frame
    assert shape.returns == tuple(address + each for each in returns)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda each: f"{each['goarch']}-{each['name']}")
def test_opening_a_real_function_s_frame_is_carried_out(function: dict[str, Any]) -> None:
    architecture, shape = architecture_of(function), shape_of(function)
    stack = 0xC000_0000
    made = registers(architecture, sp=stack, rsp=stack)
    before, memory = made.words, Written()
    carry_out(probe(shape, architecture), architecture, made, memory, 0x4444)
    expected = list(before)
    expected[architecture.pc] = shape.entry + shape.length
    expected[shape.lowered] = stack - shape.frame
    assert words_after(made) == tuple(expected)
    if shape.stored == NONE:
        assert not memory
    else:
        assert memory == {stack - shape.frame: struct.pack("<Q", before[shape.stored])}


@BOTH
def test_a_return_is_carried_out(architecture: Architecture) -> None:
    shape = FrameShape(0x100, 4, 16, architecture.sp, NONE, (0x200,))
    made = registers(architecture, sp=0x7000, rsp=0x7000)
    before, memory = made.words, Written()
    carry_out(probe(shape, architecture, is_return=True), architecture, made, memory, 0x4444)
    changed = {
        architecture.registers[place]: after
        for place, after in enumerate(words_after(made))
        if after != before[place]
    }
    # A call pushes the address on one machine, and leaves it in a register on the other.
    assert (
        changed
        == {
            X86_64: {"rip": 0x4444, "rsp": 0x7008},
            AARCH64: {"pc": 0x4444},
        }[architecture]
    )
    assert not memory


@BOTH
def test_arguments_are_taken_from_go_s_registers(architecture: Architecture) -> None:
    signature = [(f"a{number}", "int") for number in range(20)]
    function = TraceableFunction("main.f", 0, 1, FrameShape(0, 1, 8, 0, NONE, ()), (), ())
    taken = prepare(Probe(function, watched(signature, architecture), False), architecture)
    names = {
        X86_64: ["rax", "rbx", "rcx", "rdi", "rsi", "r8", "r9", "r10", "r11"],
        AARCH64: [f"x{number}" for number in range(16)],
    }[architecture]
    values = {name: 77 + place for place, name in enumerate(names)}
    assert taken.take is not None
    assert list(taken.take(registers(architecture, **values).words)) == [*values.values()]
    # The others lie on the stack, in order.
    on_stack = taken.layout.slots[len(names) :]
    assert [slot.stack for slot in on_stack] == [8 * place for place in range(20 - len(names))]


@BOTH
def test_registers_are_the_kernel_s(architecture: Architecture) -> None:
    names = architecture.registers
    assert (len(names) * 8, len(set(names))) == (
        {X86_64: 216, AARCH64: 272}[architecture],
        len(names),
    )
    assert [names[each] for each in (architecture.pc, architecture.sp, architecture.result)] == {
        X86_64: ["rip", "rsp", "rax"],
        AARCH64: ["pc", "sp", "x0"],
    }[architecture]
    assert [names[each] for each in (architecture.goroutine, architecture.frame_pointer)] == {
        X86_64: ["r14", "rbp"],
        AARCH64: ["x28", "x29"],
    }[architecture]


def frames(base: int, *pairs: tuple[int, int]) -> bytes:
    """Lay down frame records, each a pointer to the next and a return address, 16 bytes apart."""
    return b"".join(struct.pack("<QQ", *pair) for pair in pairs)


def test_callers_on_x86_64() -> None:
    # The stub's return address lies at the stack pointer; the frame pointer is its caller's.
    stack = struct.pack("<Q", 0x1111) + frames(0, (0x7018, 0x2222), (0, 0x3333))
    assert callers(SavedStack(0x7000, 0x7008, stack)) == [0x1111, 0x2222, 0x3333]


def test_callers_on_aarch64() -> None:
    # It is in x30, and the frame pointer points 8 bytes below the stack pointer.
    below = struct.pack("<Q", 0xBAD)
    stack = below + frames(0, (0x6FF0 + 24, 0x2222), (0, 0x3333))
    assert callers(SavedStack(0x6FF0, 0x6FF8, stack, 0x1111)) == [0x1111, 0x2222, 0x3333]
