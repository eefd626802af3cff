"""Why another system call than the one that was chosen comes first in a function."""

from walkthrough.i18n.messages import message
from walkthrough.model.stages import Place, Stage, Step
from walkthrough.quiz.wrong_choice import WrongChoice

NONE = "none"
"""The key of the choice that no system call is made."""

_RESOLVE = Place(Stage.RESOLVE_ADDR_LIST)
_OPTIONS = Place(Stage.SET_DEFAULT_SOCKOPTS)
_BACKLOG = Place(None, Step.LISTENER_BACKLOG)
_INIT = Place(Stage.POLL_SERVER_INIT)
_LISTENER_OPTIONS = Place(None, Step.SET_DEFAULT_LISTENER_SOCKOPTS)
_OPEN = Place(Stage.POLL_OPEN)
_ACCEPT = Place(Stage.ACCEPT)
_WAIT = Place(Stage.ACCEPT, Step.POLL_WAIT)
_ACCEPTED = Place(Stage.ACCEPT, Step.POLL_OPEN)
_DEADLINE = Place(None, Step.SET_DEADLINE)
_CLOSE = Place(None, Step.CLOSE)

WRONG_CALLS: dict[tuple[Place, str], WrongChoice] = {
    (_RESOLVE, "socket"): WrongChoice(
        message(
            "A host's name would be looked up by DNS, which takes sockets. This address has no "
            "name in it, so nothing is looked up."
        )
    ),
    (_RESOLVE, "openat"): WrongChoice(
        message(
            "A host's name would be looked up in /etc/hosts, and a service's name in "
            "/etc/services. This address has neither."
        )
    ),
    (_RESOLVE, "getsockname"): WrongChoice(
        message("getsockname asks for the address that a socket has, and there is no socket yet.")
    ),
    (_OPTIONS, "setsockopt"): WrongChoice(
        message(
            "An IPv6 socket gets IPV6_V6ONLY here, a datagram socket SO_BROADCAST. This one is "
            "neither, and nothing is left to set."
        )
    ),
    (_OPTIONS, NONE): WrongChoice(
        message(
            "For an IPv4 stream socket that is so. This one is of another kind, and the calls "
            "show the setsockopt for it."
        )
    ),
    (_OPTIONS, "fcntl"): WrongChoice(
        message(
            "fcntl is the older way to make a socket non-blocking. Go has asked socket(2) for "
            "it already, by SOCK_NONBLOCK."
        )
    ),
    (_OPTIONS, "bind"): WrongChoice(
        message(
            "The address is another function's business: this one sets options of the socket, "
            "and no more."
        )
    ),
    (_BACKLOG, "openat"): WrongChoice(
        message(
            "The first listener of a process reads the file somaxconn. The number has been "
            "remembered since, so this time there is no call."
        )
    ),
    (_BACKLOG, NONE): WrongChoice(
        message(
            "So it is from the second listener of a process on, for the number is remembered. "
            "This is the first: it has to read the file."
        )
    ),
    (_BACKLOG, "getsockopt"): WrongChoice(
        message(
            "somaxconn is not an option of a socket but a setting of the machine, which Linux "
            "shows as a file in /proc."
        )
    ),
    (_BACKLOG, "listen"): WrongChoice(
        message(
            "This function only finds out the number. listen(2) gets it as an argument later, "
            "behind bind."
        )
    ),
    (_INIT, "epoll_ctl"): WrongChoice(
        message(
            "epoll_ctl adds something to an epoll, and there is none yet: the first argument "
            "would be missing."
        )
    ),
    (_INIT, "epoll_pwait"): WrongChoice(
        message(
            "epoll_pwait waits on an epoll, and there is none yet. It is called much later, by "
            "a thread that has nothing to run."
        )
    ),
    (_INIT, NONE): WrongChoice(
        message(
            "The poller is more than a table of Go's own: the kernel does the watching, so it "
            "has to be asked for an epoll."
        )
    ),
    (_LISTENER_OPTIONS, "fcntl"): WrongChoice(
        message(
            "fcntl could make the socket non-blocking, but it has been so since socket(2), by "
            "SOCK_NONBLOCK."
        )
    ),
    (_LISTENER_OPTIONS, "bind"): WrongChoice(
        message(
            "bind comes right after this function. SO_REUSEADDR has to be set by then, for bind "
            "is the call that looks at it."
        )
    ),
    (_LISTENER_OPTIONS, NONE): WrongChoice(
        message(
            "setDefaultSockopts may have had nothing to set, but it is for sockets of every "
            "kind. A listener gets SO_REUSEADDR in any case."
        )
    ),
    (_OPEN, "epoll_create1"): WrongChoice(
        message(
            "The process has its one epoll already: pollServerInit has made it, and this "
            "descriptor is added to it."
        ),
        believes=6,
    ),
    (_OPEN, "epoll_pwait"): WrongChoice(
        message(
            "To say what is to be watched and to wait for it are two calls. Nobody waits here: "
            "epoll_ctl returns at once."
        )
    ),
    (_OPEN, "fcntl"): WrongChoice(
        message(
            "fcntl could make the descriptor non-blocking, but it has been so since socket(2), "
            "by SOCK_NONBLOCK."
        )
    ),
    (_ACCEPT, "epoll_pwait"): WrongChoice(
        message(
            "That would be to wait first. Somebody may be in the queue already, so accept4 is "
            "tried; the goroutine parks only after EAGAIN."
        ),
        believes=16,
    ),
    (_ACCEPT, "epoll_ctl"): WrongChoice(
        message(
            "The listener was added to epoll in pollOpen and stays on the list: Accept does not "
            "add it again."
        )
    ),
    (_ACCEPT, "read"): WrongChoice(
        message(
            "A listener has no bytes to be read, only connections in its queue, and accept4 "
            "takes those."
        )
    ),
    (_WAIT, "epoll_pwait"): WrongChoice(
        message(
            "A thread does wait in epoll_pwait, but for all descriptors and for no goroutine in "
            "particular. This goroutine parks, without a system call."
        ),
        believes=16,
    ),
    (_WAIT, "accept4"): WrongChoice(
        message(
            "accept4 has just said EAGAIN. To ask again at once would keep a processor busy: it "
            "is called again after the wake-up."
        )
    ),
    (_WAIT, "epoll_ctl"): WrongChoice(
        message(
            "The descriptor has been on the interest list since pollOpen and stays there: no wait "
            "needs an epoll_ctl of its own."
        )
    ),
    (_ACCEPTED, "epoll_create1"): WrongChoice(
        message(
            "A new connection needs no new epoll: the process has one, and the calls show an "
            "epoll_ctl on it."
        ),
        believes=6,
    ),
    (_ACCEPTED, "fcntl"): WrongChoice(
        message(
            "fcntl could make the descriptor non-blocking, but accept4 has done that already, "
            "by its flag SOCK_NONBLOCK."
        )
    ),
    (_ACCEPTED, NONE): WrongChoice(
        message(
            "The listener is on epoll's list, but a descriptor that accept4 gives out does not "
            "inherit that: it gets an epoll_ctl of its own."
        ),
        believes=8,
    ),
    (_DEADLINE, "setsockopt"): WrongChoice(
        message(
            "SO_RCVTIMEO limits the wait of calls that block, and Go's descriptors do not "
            "block: the runtime keeps a timer instead."
        )
    ),
    (_DEADLINE, "epoll_ctl"): WrongChoice(
        message(
            "An entry in epoll has a mask and 64 bits of data, but no time: the runtime keeps a "
            "timer instead."
        )
    ),
    (_DEADLINE, "epoll_pwait"): WrongChoice(
        message(
            "The next epoll_pwait will sleep no longer than the timer allows. But to set the "
            "timer takes no system call."
        )
    ),
    (_CLOSE, "close"): WrongChoice(
        message(
            "close does come, but second: what is on epoll's interest list is taken off it "
            "first, by EPOLL_CTL_DEL."
        )
    ),
    (_CLOSE, "epoll_ctl"): WrongChoice(
        message(
            "What is on epoll's interest list is taken off it first. This descriptor never was "
            "on it, so close comes at once."
        )
    ),
    (_CLOSE, "shutdown"): WrongChoice(
        message(
            "shutdown ends one direction while the descriptor stays open, as CloseWrite does. "
            "To close it takes no shutdown."
        )
    ),
    (_CLOSE, "setsockopt"): WrongChoice(
        message(
            "SetLinger would set an option, SO_LINGER, if the program called it. Close changes "
            "no options."
        )
    ),
}
