"""Why another stage than the one that was chosen begins next."""

from typing import NamedTuple

from walkthrough.i18n.messages import message
from walkthrough.model.stages import Stage
from walkthrough.quiz.wrong_choice import WrongChoice

NONE = "none"
"""The key of the choice that no stage follows."""
BY_DESCRIPTOR = "pollServerInit by a descriptor of its own"
"""What comes if the poller is not started by the file somaxconn."""


class StageChoice(NamedTuple):
    """A choice, by keys.

    Attributes:
        done: The stage that is done, "" before the first; ``STAGE/failed`` if it has failed.
        chosen: The stage that was chosen, or `NONE`.
        came: What came instead; "" for whatever came.
    """

    done: str
    chosen: str
    came: str = ""


_RESOLVE, _SOCKET = Stage.RESOLVE_ADDR_LIST.value, Stage.SYS_SOCKET.value
_OPTIONS, _INIT = Stage.SET_DEFAULT_SOCKOPTS.value, Stage.POLL_SERVER_INIT.value
_BIND, _LISTEN = Stage.BIND.value, Stage.LISTEN.value
_OPEN, _ACCEPT = Stage.POLL_OPEN.value, Stage.ACCEPT.value

_NO_SOCKET_YET = WrongChoice(
    message(
        "It needs a socket to work on, and there is none yet: the kernel's view lists the first "
        "one in sysSocket."
    )
)
_NO_DESCRIPTOR = WrongChoice(
    message(
        "It needs the descriptor that sysSocket should have given. There is none, so the error "
        "goes to the program, and the trace has no other stage."
    )
)
_DONE = WrongChoice(
    message(
        "That stage is over, as the path shows. It would begin again only for another socket, "
        "and there is none."
    )
)
_NO_LISTENER = WrongChoice(
    message(
        "net.Listen returns an error instead of a listener, so there is nothing on which the "
        "program could call Accept."
    )
)
_OTHER_LISTENER_LATER = WrongChoice(
    message(
        "That stage does come again, but not next: the other listener needs its address and a "
        "socket first."
    )
)
_NOT_STARTED_OVER = WrongChoice(
    message(
        "Nothing is tried a second time: net.Listen closes the socket and returns the error to "
        "the program."
    )
)
_GIVEN_UP = WrongChoice(
    message(
        "That would come for the first socket, but it was given up on the way: the trace shows "
        "close, and Go tries once more with a socket of another kind."
    )
)
_IS_THERE_ALREADY = WrongChoice(
    message(
        "That stage is for a socket that the program makes itself. This one is there already, "
        "and is added to the poller now: epoll_ctl."
    )
)
_ONLY_SERVERS_LISTEN = WrongChoice(
    message(
        "Only a server's stream socket listens. The poller was started for this descriptor, "
        "which is added to it now: epoll_ctl."
    )
)

_TABLE: dict[StageChoice, WrongChoice] = {
    StageChoice("", _SOCKET): WrongChoice(
        message(
            "A socket belongs to a family, and which one depends on the address. So the address "
            "is resolved first, and socket(2) is called after it."
        )
    ),
    StageChoice("", _OPTIONS): _NO_SOCKET_YET,
    StageChoice("", NONE): WrongChoice(
        message(
            "A call may fail before it has done anything, but this one goes on: the first thing "
            "it does is to resolve the address, even one that is written in digits."
        )
    ),
    StageChoice(_RESOLVE, _BIND): _NO_SOCKET_YET,
    StageChoice(_RESOLVE, _OPTIONS): _NO_SOCKET_YET,
    StageChoice(_RESOLVE, NONE): WrongChoice(
        message(
            "It would end here if the address could not be resolved. It was, and so the kernel "
            "is asked for a socket next."
        )
    ),
    StageChoice(_SOCKET, _BIND): WrongChoice(
        message(
            "In most texts bind follows socket at once. But what bind looks at, such as "
            "IPV6_V6ONLY, has to be set before it, so options come first."
        )
    ),
    StageChoice(_SOCKET, _LISTEN): WrongChoice(
        message(
            "listen comes much later, if at all: a socket first gets its options, then its address."
        )
    ),
    StageChoice(_SOCKET, NONE): WrongChoice(
        message(
            "socket(2) has returned a descriptor, so nothing has failed; but the socket has "
            "neither options nor an address yet."
        )
    ),
    StageChoice(f"{_SOCKET}/failed", _BIND): _NO_DESCRIPTOR,
    StageChoice(f"{_SOCKET}/failed", _LISTEN): _NO_DESCRIPTOR,
    StageChoice(f"{_SOCKET}/failed", _OPTIONS): _NO_DESCRIPTOR,
    StageChoice(_OPTIONS, _BIND, _INIT): WrongChoice(
        message(
            "In the source bind stands next, in listenStream. But a call's arguments are "
            "evaluated first, and one opens a file: the trace has epoll_create1 before bind."
        ),
        believes=5,
    ),
    StageChoice(_OPTIONS, _LISTEN, _INIT): WrongChoice(
        message(
            "listen is called in listenStream, but that function's arguments are evaluated "
            "first, and one opens a file, which starts the poller: epoll_create1."
        ),
        believes=5,
    ),
    StageChoice(_OPTIONS, NONE, _INIT): WrongChoice(
        message(
            "The socket has options, but no address and no queue: nobody could connect. The "
            "trace goes on with a file in /proc."
        )
    ),
    StageChoice(_OPTIONS, _BIND, BY_DESCRIPTOR): WrongChoice(
        message(
            "A client needs no bind: connect has given the socket an address. To wait for the "
            "handshake Go needs the poller, which is started now."
        )
    ),
    StageChoice(_OPTIONS, _LISTEN, BY_DESCRIPTOR): WrongChoice(
        message(
            "Only a server listens. This socket is being connected, and Go starts the poller to "
            "wait for that."
        )
    ),
    StageChoice(_OPTIONS, NONE, BY_DESCRIPTOR): WrongChoice(
        message(
            "connect has said EINPROGRESS, so it is not over: Go starts the poller to wait for "
            "the handshake."
        )
    ),
    StageChoice(_OPTIONS, _LISTEN, _BIND): WrongChoice(
        message(
            "listen is for connections, and datagrams come without any. What this socket lacks "
            "is an address: bind."
        )
    ),
    StageChoice(_OPTIONS, NONE, _BIND): WrongChoice(
        message(
            "The socket has options but no address, so nobody could send to it: bind comes next."
        )
    ),
    StageChoice(_OPTIONS, _INIT, _BIND): WrongChoice(
        message(
            "A stream listener starts the poller here, by way of the file somaxconn. Without a "
            "backlog that file is not opened, or it was read before: bind comes first."
        )
    ),
    StageChoice(_INIT, _LISTEN, _BIND): WrongChoice(
        message(
            "listen(2) would even succeed: on a socket without an address the kernel picks a "
            "port. The program has asked for a certain one, so bind comes first."
        )
    ),
    StageChoice(_INIT, _OPEN, _BIND): WrongChoice(
        message(
            "The poller was started for a file, not for the listener. The listener is added "
            "only once it listens, and it has not even an address yet."
        )
    ),
    StageChoice(_INIT, _BIND, _SOCKET): _GIVEN_UP,
    StageChoice(_INIT, _LISTEN, _SOCKET): _GIVEN_UP,
    StageChoice(_INIT, _OPEN, _SOCKET): _GIVEN_UP,
    StageChoice(_INIT, NONE): WrongChoice(
        message(
            "The poller is only a means: nothing but its own wake-up descriptor is watched yet, "
            "and the socket for which all this is done is not finished."
        )
    ),
    StageChoice(_INIT, _ACCEPT, _OPEN): WrongChoice(
        message(
            "A datagram socket accepts nobody. The poller was started for this descriptor, "
            "which is added to it now: epoll_ctl."
        )
    ),
    StageChoice(_INIT, _BIND, _OPEN): WrongChoice(
        message(
            "The socket has its address already. The poller was started for this descriptor, "
            "which is added to it now: epoll_ctl."
        )
    ),
    StageChoice(_INIT, _LISTEN, _OPEN): _ONLY_SERVERS_LISTEN,
    StageChoice(_INIT, _RESOLVE, _OPEN): _IS_THERE_ALREADY,
    StageChoice(_INIT, _SOCKET, _OPEN): _IS_THERE_ALREADY,
    StageChoice(_INIT, _OPTIONS, _OPEN): _IS_THERE_ALREADY,
    StageChoice(_BIND, _ACCEPT, _LISTEN): WrongChoice(
        message(
            "accept takes from a queue, and only listen makes one: the kernel's view shows the "
            "socket bound, but in state CLOSE. accept4 would say EINVAL."
        ),
        believes=10,
    ),
    StageChoice(_BIND, _OPEN, _LISTEN): WrongChoice(
        message(
            "In state CLOSE nothing can happen that epoll could report. Go adds a listener once "
            "it listens."
        )
    ),
    StageChoice(_BIND, NONE, _LISTEN): WrongChoice(
        message(
            "With an address the socket seems to be finished. But the kernel's view shows it in "
            "state CLOSE: a client would be refused."
        ),
        believes=10,
    ),
    StageChoice(_BIND, _LISTEN, BY_DESCRIPTOR): WrongChoice(
        message(
            "Datagrams need no listen: from bind on the kernel queues them. What is missing is "
            "the poller, by which Go waits for them."
        )
    ),
    StageChoice(_BIND, _OPEN, BY_DESCRIPTOR): WrongChoice(
        message(
            "There is no epoll to add it to: no file was opened on the way, so this descriptor "
            "is the first, and the poller has to be started for it."
        )
    ),
    StageChoice(_BIND, NONE, BY_DESCRIPTOR): WrongChoice(
        message(
            "The kernel would queue datagrams from now on, that is right. But Go has no way yet "
            "to wait for them: the poller is started next."
        )
    ),
    StageChoice(f"{_BIND}/failed", _ACCEPT): _NO_LISTENER,
    StageChoice(f"{_BIND}/failed", _LISTEN): WrongChoice(
        message(
            "listen(2) could even succeed, on a port of the kernel's choice. But the program "
            "has asked for this address, so the trace goes on with close."
        )
    ),
    StageChoice(f"{_BIND}/failed", _OPEN): WrongChoice(
        message(
            "Only a socket that listens is added to epoll. This one is given up: close follows "
            "bind in the trace."
        )
    ),
    StageChoice(_LISTEN, _ACCEPT, _OPEN): WrongChoice(
        message(
            "The kernel takes clients from now on, but net.Listen has not returned. First the "
            "descriptor goes to epoll, or Accept could wait for nobody."
        )
    ),
    StageChoice(_LISTEN, _BIND): WrongChoice(
        message("A socket is bound once, and this one is: its address is in the kernel's view.")
    ),
    StageChoice(_LISTEN, NONE, _OPEN): WrongChoice(
        message(
            "For the kernel all is ready. But Go still has to add the descriptor to epoll, by "
            "which Accept will wait."
        )
    ),
    StageChoice(_OPEN, _BIND, _ACCEPT): _DONE,
    StageChoice(_OPEN, _LISTEN, _ACCEPT): _DONE,
    StageChoice(_OPEN, NONE, _ACCEPT): WrongChoice(
        message(
            "The listener is ready, that is right. But the program goes on and calls Accept, which "
            "is a stage as well."
        )
    ),
    StageChoice(_OPEN, _ACCEPT, _LISTEN): WrongChoice(
        message(
            "That is what most programs do now. This one asks for a smaller backlog first: it "
            "calls listen(2) once more."
        )
    ),
    StageChoice(_OPEN, _BIND, _LISTEN): WrongChoice(
        message(
            "A socket is bound once. A listener may call listen(2) again, though, and this "
            "program does, for another backlog."
        )
    ),
    StageChoice(_OPEN, NONE, _LISTEN): WrongChoice(
        message(
            "Nothing has failed, and the program goes on: it calls listen(2) once more, for "
            "another backlog."
        )
    ),
    StageChoice(_OPEN, _ACCEPT, NONE): WrongChoice(
        message(
            "accept is for servers. This program has dialed: what follows on its connected "
            "socket is write and read, which are none of the eight stages."
        )
    ),
    StageChoice(_OPEN, _INIT): WrongChoice(
        message(
            "The poller was started before this descriptor was added to it, and it is started "
            "only once in a process."
        ),
        believes=6,
    ),
    StageChoice(_OPEN, _OPTIONS, NONE): _DONE,
    StageChoice(_OPEN, _ACCEPT, _RESOLVE): WrongChoice(
        message(
            "One listener is ready for it, but the program opens another one first: it calls "
            "Listen again."
        )
    ),
    StageChoice(_OPEN, _BIND, _RESOLVE): _OTHER_LISTENER_LATER,
    StageChoice(_OPEN, _LISTEN, _RESOLVE): _OTHER_LISTENER_LATER,
    StageChoice(f"{_OPEN}/failed", _ACCEPT): _NO_LISTENER,
    StageChoice(f"{_OPEN}/failed", _BIND): _NOT_STARTED_OVER,
    StageChoice(f"{_OPEN}/failed", _LISTEN): _NOT_STARTED_OVER,
}
ANOTHER_ORDER = WrongChoice(
    message(
        "This time the trace has another order: the path lists the stages as they have come, "
        "each with what it returned."
    )
)
"""For what a live server may do and no explanation exists for."""


def wrong_stage(done: str, chosen: str, came: str) -> WrongChoice:
    """Return what is said of a stage that was chosen, by the keys of `StageChoice`."""
    return (
        _TABLE.get(StageChoice(done, chosen, came))
        or _TABLE.get(StageChoice(done, chosen))
        or ANOTHER_ORDER
    )
