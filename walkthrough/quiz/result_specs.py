"""What may be asked about the result of each system call, by call and place."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from walkthrough.i18n.messages import Message
from walkthrough.model.events import CallEntered
from walkthrough.model.stages import Place, Stage, Step
from walkthrough.model.values import Constant
from walkthrough.quiz import explanations, kernel_facts, texts, wrong_results
from walkthrough.quiz.question import QuestionKind, QuizOption
from walkthrough.quiz.wrong_choice import WrongChoice
from walkthrough.state.world import World

SLEEPS = "sleeps"
EAGAIN = "EAGAIN"


class ResultSpec(NamedTuple):
    """One question about a call's result.

    Attributes:
        kind: What it is about.
        name: The name of the question; see `TraceQuestion`.
        ask: The question.
        options: Its choices, the likeliest first.
        why: Why, by what came; "" stands for any number.
        wrong: What is said of a wrong choice, by its key.
        most: How often in a walk.
        numeric: The choices are numbers.
        holds: Returns from the result whether the question's assumption was true.
    """

    kind: QuestionKind
    name: str
    ask: Message
    options: tuple[QuizOption, ...]
    why: dict[str, Message]
    wrong: dict[str, WrongChoice]
    most: int = 1
    numeric: bool = False
    holds: Callable[[str], bool] = lambda key: True


def _fails(*errors: str) -> tuple[QuizOption, ...]:
    return tuple(QuizOption(error, texts.FAILS.with_fields(error=error)) for error in errors)


def _number(value: int) -> QuizOption:
    return QuizOption(str(value), str(value))


_AT_ONCE = QuizOption(EAGAIN, texts.AT_ONCE.with_fields(error=EAGAIN))


def _descriptor(event: CallEntered, world: World) -> ResultSpec | None:
    """Ask which descriptor a call will return: the lowest that is free."""
    taken = kernel_facts.descriptors(world)
    if taken is None:
        return None
    lowest, highest = kernel_facts.lowest_free(taken), taken[-1]
    after = highest + 1 if highest >= lowest else lowest + 1
    own = kernel_facts.number(event, "sockfd")
    likely = (lowest, after, own if own is not None else highest, 0, lowest + 1, lowest + 2)
    why = explanations.LOWEST.with_fields(taken=kernel_facts.spelled(taken), number=lowest)
    waiting = event.call == "accept4"
    return ResultSpec(
        QuestionKind.DESCRIPTOR,
        f"descriptor:{event.call}",
        texts.DESCRIPTOR_OF_WAITING if waiting else texts.DESCRIPTOR.with_fields(call=event.call),
        tuple(map(_number, dict.fromkeys(likely))),
        {str(lowest): why, "": explanations.LOWEST_THEN},
        {str(n): _not_that_number(n, taken, lowest, own) for n in likely},
        most=2 if waiting else 1,
        numeric=True,
        holds=str.isdecimal,
    )


def _not_that_number(
    number: int, taken: tuple[int, ...], lowest: int, own: int | None
) -> WrongChoice:
    """Say why a descriptor that was chosen is not the one: its number is taken, or not lowest."""
    if number == lowest:
        return wrong_results.TAKEN_MEANWHILE.about(number=number)
    if number == own:
        return wrong_results.OF_THE_LISTENER.about(number=number)
    if number not in taken:
        return wrong_results.NOT_THE_LOWEST.about(lowest=lowest)
    if number == 0:
        return wrong_results.STANDARD_INPUT
    return wrong_results.NUMBER_TAKEN.about(number=number)


def _bind(event: CallEntered, world: World) -> ResultSpec:
    port = QuizOption("port", texts.THE_PORT)
    options = (_number(0), *_fails("EADDRINUSE", "EACCES"), port)
    wrong = {
        "EADDRINUSE": wrong_results.NO_EADDRINUSE,
        "EACCES": wrong_results.NO_EACCES,
        "port": wrong_results.NOT_THE_PORT,
    }
    return _result(event, options, explanations.BOUND, wrong)


def _listen(event: CallEntered, world: World) -> ResultSpec:
    backlog = kernel_facts.number(event, "backlog")
    taken = kernel_facts.descriptors(world)
    given = QuizOption("backlog", str(backlog)) if backlog else _number(1)
    made = kernel_facts.lowest_free(taken) if taken else 4
    a_descriptor = QuizOption(str(made), texts.A_DESCRIPTOR.with_fields(number=made))
    wrong = {
        str(made): wrong_results.NO_NEW_DESCRIPTOR,
        given.key: wrong_results.NOT_THE_BACKLOG,
        EAGAIN: wrong_results.LISTEN_DOES_NOT_WAIT,
    }
    options = (_number(0), given, a_descriptor, *_fails(EAGAIN))
    return _result(event, options, explanations.LISTENS, wrong)


def _connect(event: CallEntered, world: World) -> ResultSpec:
    sleeps = QuizOption(SLEEPS, texts.SLEEPS_FOR_HANDSHAKE)
    options = (*_fails("EINPROGRESS"), _number(0), sleeps, *_fails(EAGAIN))
    wrong = {
        "0": wrong_results.CONNECT_WOULD_BLOCK,
        SLEEPS: wrong_results.CONNECT_WOULD_SLEEP,
        EAGAIN: wrong_results.CONNECT_HAS_BEGUN,
        "EINPROGRESS": wrong_results.CONNECTED_AT_ONCE,
    }
    return _result(event, options, explanations.CONNECTED, wrong)


def _result(
    event: CallEntered,
    options: Sequence[QuizOption],
    zero: Message,
    wrong: dict[str, WrongChoice],
) -> ResultSpec:
    fd = kernel_facts.number(event, "sockfd", "fd")
    ask = texts.RESULT.with_fields(call=event.call, fd="?" if fd is None else fd)
    return ResultSpec(
        QuestionKind.RESULT,
        f"result:{event.call}",
        ask,
        tuple(options),
        {"0": zero},
        {"0": wrong_results.SUCCESS, **wrong},
    )


def _watch(event: CallEntered, world: World) -> ResultSpec | None:
    op, fd = kernel_facts.given(event, "op"), kernel_facts.number(event, "fd")
    if not isinstance(op, Constant) or op.name != "EPOLL_CTL_ADD" or fd is None:
        return None
    options = (_number(0), *_fails(EAGAIN), _number(1), *_fails("ENOSPC"))
    ask = texts.WATCH.with_fields(fd=fd)
    wrong = {
        "0": wrong_results.SUCCESS,
        "1": wrong_results.NOT_A_COUNT,
        EAGAIN: wrong_results.WATCHING_DOES_NOT_WAIT,
        "ENOSPC": wrong_results.NO_ENOSPC,
    }
    return ResultSpec(
        QuestionKind.RESULT, "result:epoll_ctl", ask, options, {"0": explanations.WATCHED}, wrong
    )


def _accept(event: CallEntered, world: World) -> ResultSpec | None:
    listener = kernel_facts.listener_of(world, kernel_facts.number(event, "sockfd"))
    if listener is None or listener.accept_queue is None or listener.accept_queue > 1:
        return None
    if listener.accept_queue == 1:
        return _descriptor(event, world)
    taken = kernel_facts.descriptors(world)
    made = kernel_facts.lowest_free(taken) if taken else 4
    options = (
        _AT_ONCE,
        QuizOption(SLEEPS, texts.SLEEPS_FOR_CLIENT),
        QuizOption(str(made), texts.A_DESCRIPTOR.with_fields(number=made)),
        _number(0),
    )
    return ResultSpec(
        QuestionKind.BLOCK,
        "waits:accept4",
        texts.EMPTY_QUEUE,
        options,
        {EAGAIN: explanations.EMPTY_QUEUE},
        {
            EAGAIN: wrong_results.NOT_THAT_ERROR,
            SLEEPS: wrong_results.ACCEPT4_WOULD_SLEEP,
            str(made): wrong_results.NOBODY_TO_ACCEPT,
            "0": wrong_results.ZERO_IS_A_DESCRIPTOR,
        },
        holds=lambda key: not key.isdecimal(),
    )


def _read(event: CallEntered, world: World) -> ResultSpec | None:
    fd = kernel_facts.number(event, "sockfd", "fd")
    socket = kernel_facts.socket_of(world, fd)
    if fd is None or socket is None or socket.receive_queue is None:
        return None
    sleeps = QuizOption(SLEEPS, texts.SLEEPS_FOR_BYTES)
    waiting, room = socket.receive_queue, kernel_facts.number(event, "count", "len")
    if waiting and event.call == "read" and room and socket.state == "ESTABLISHED":
        count = min(waiting, room)
        options = tuple(map(_number, dict.fromkeys((count, room, 0, 1, 2))))
        ask = texts.BYTES_TO_READ.with_fields(fd=fd, room=room, count=waiting)
        why = explanations.BYTES.with_fields(count=count, room=room)
        wrong = {
            "1": wrong_results.NOT_BY_THE_BYTE,
            "2": wrong_results.NOT_BY_THE_BYTE,
            "0": wrong_results.BYTES_ARE_THERE.about(count=waiting),
            str(room): wrong_results.NOT_THE_ROOM.about(room=room, count=count),
        }
        return ResultSpec(
            QuestionKind.RESULT,
            "result:read/bytes",
            ask,
            options,
            {str(count): why},
            wrong,
            numeric=True,
            holds=lambda key: key == str(count),
        )
    if waiting <= 1 and socket.state == "CLOSE_WAIT":  # the FIN itself is counted as a byte
        options = (_number(0), *_fails(EAGAIN, "ECONNRESET", "EPIPE"))
        ask = texts.END_TO_READ.with_fields(fd=fd)
        wrong = {
            "0": wrong_results.SUCCESS,
            EAGAIN: wrong_results.END_IS_NOT_EAGAIN,
            "ECONNRESET": wrong_results.END_IS_NO_RESET,
            "EPIPE": wrong_results.EPIPE_IS_FOR_WRITERS,
        }
        plan = ResultSpec(
            QuestionKind.RESULT, "result:read/end", ask, options, {"0": explanations.END}, wrong
        )
        return plan._replace(holds=lambda key: key == "0" or not key.isdecimal())
    if not waiting and (socket.state == "ESTABLISHED" or socket.type == "SOCK_DGRAM"):
        ask = texts.NOTHING_TO_READ.with_fields(call=event.call, fd=fd)
        options = (_AT_ONCE, sleeps, _number(0), *_fails("ENODATA"))
        return ResultSpec(
            QuestionKind.BLOCK,
            f"waits:{event.call}",
            ask,
            options,
            {EAGAIN: explanations.NOTHING_TO_READ},
            {
                EAGAIN: wrong_results.NOT_THAT_ERROR,
                SLEEPS: wrong_results.READ_WOULD_SLEEP,
                "0": wrong_results.ZERO_IS_THE_END,
                "ENODATA": wrong_results.NO_ENODATA,
            },
            holds=lambda key: not key.isdecimal(),
        )
    return None


RESULTS: dict[tuple[str, Place], Callable[[CallEntered, World], ResultSpec | None]] = {
    ("socket", Place(Stage.SYS_SOCKET)): _descriptor,
    ("epoll_create1", Place(Stage.POLL_SERVER_INIT)): _descriptor,
    ("bind", Place(Stage.BIND)): _bind,
    ("listen", Place(Stage.LISTEN)): _listen,
    ("connect", Place(None, Step.CONNECT)): _connect,
    ("epoll_ctl", Place(Stage.POLL_OPEN)): _watch,
    ("accept4", Place(Stage.ACCEPT, Step.ACCEPT4)): _accept,
    ("read", Place(None, Step.READ)): _read,
    ("recvfrom", Place(None, Step.READ)): _read,
}
