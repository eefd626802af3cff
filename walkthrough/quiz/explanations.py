"""Explanations: what the questions from the trace teach once they are answered.

An explanation may mention what has been seen until then and how things work, but not what
a scenario asks later.
"""

from walkthrough.i18n.messages import Message, message
from walkthrough.model.stages import Place, Stage, Step

# Stages

STAGES: dict[Stage, Message] = {
    Stage.RESOLVE_ADDR_LIST: message(
        "First the text of the address has to become addresses. The socket is bound or "
        "connected to one of them, and which family it needs depends on it too: so "
        "there is no socket before."
    ),
    Stage.SYS_SOCKET: message(
        "The network's name, the address and, for a wildcard, what the machine "
        "supports have settled the family: now the kernel can be asked for a socket. "
        "All later stages name it by the descriptor that comes back."
    ),
    Stage.SET_DEFAULT_SOCKOPTS: message(
        "A new socket first gets the options that are wanted on all sockets of its "
        "kind, while it has no address yet and nobody to talk to."
    ),
    Stage.POLL_SERVER_INIT: message(
        "This is the first descriptor of the process that is to be watched, and the first one "
        "starts the poller."
    ),
    Stage.BIND: message(
        "The options are set; those that bind looks at, such as SO_REUSEADDR and "
        "IPV6_V6ONLY, have to be set before it. What the socket lacks now is an "
        "address."
    ),
    Stage.LISTEN: message(
        "bind has given the socket an address, and no more. It is listen that makes a "
        "listener of it, and passes the backlog, which limits how many connections may "
        "wait there."
    ),
    Stage.POLL_OPEN: message(
        "From now on something may happen on this descriptor at any time. The program "
        "wants to be told of it rather than ask again and again, and so the descriptor "
        "goes to the poller."
    ),
    Stage.ACCEPT: message(
        "Listen has returned, and the listener is whole. Now it is for the program to "
        "ask for connections, and every connection is one call of Accept."
    ),
}
POLLER_FOR_A_FILE = message(
    "listenerBacklog() is an argument of listenStream, so it is called before "
    "anything in there. It opens a file, /proc/sys/net/core/somaxconn, and Go "
    "offers every file it opens to the poller: so the poller is started here, "
    "ahead of bind."
)
STAGE_AGAIN = message(
    "It begins again, for another socket: family, options, address and place in the poller are "
    "each socket's own."
)
LISTEN_AGAIN = message(
    "The program calls listen(2) once more on the same socket, descriptor {fd}, "
    "which is a listener already. Nothing is set up again: only the backlog is "
    "replaced by the new number."
)
NO_STAGE_AFTER_FAILURE = message(
    "{stage} has failed, and all that follows builds on it. So the error goes up to the "
    "caller, and no other stage begins."
)
NO_STAGE = message(
    "All that the socket needed has been done. What the server does after it, "
    "reading, writing and closing, belongs to none of the eight stages."
)

# The first system call of a place

CALLS: dict[tuple[Place, str], Message] = {
    (Place(Stage.RESOLVE_ADDR_LIST), "none"): message(
        "There is nothing to look up: Go makes the address from its text by itself, "
        "and the kernel hears nothing of it. With a host's name there would be files "
        "and sockets here."
    ),
    (Place(Stage.SET_DEFAULT_SOCKOPTS), "none"): message(
        "For a socket of this family and type there is nothing to set: the function looks at "
        "both and returns. A stage without any system call is still a stage."
    ),
    (Place(Stage.SET_DEFAULT_SOCKOPTS), "setsockopt"): message(
        "For a socket of this family and type there is something to be set: {option}."
    ),
    (Place(None, Step.LISTENER_BACKLOG), "openat"): message(
        "Go asks for the largest backlog that the kernel grants, and the kernel tells "
        "it in a file, /proc/sys/net/core/somaxconn. A file has to be opened to be "
        "read."
    ),
    (Place(None, Step.LISTENER_BACKLOG), "none"): message(
        "The limit was read for the first listener and has been remembered since. If "
        "somaxconn is raised, Go does not notice until the program is started again; "
        "if it is lowered, the kernel itself cuts the number down in listen(2), "
        "without an error."
    ),
    (Place(Stage.POLL_SERVER_INIT), "epoll_create1"): message(
        "Before anything can be watched there has to be an epoll. The first that is "
        "added to it is Go's own: a descriptor by which a thread can be woken out of "
        "its wait."
    ),
    (Place(None, Step.SET_DEFAULT_LISTENER_SOCKOPTS), "setsockopt"): message(
        "Go sets {option} on every stream listener, and before bind, which looks at "
        "it: with it a TCP server that is started again can bind its port while "
        "connections of its former life are still in TIME_WAIT. For the path of a Unix "
        "socket it changes nothing."
    ),
    (Place(Stage.POLL_OPEN), "epoll_ctl"): message(
        "EPOLL_CTL_ADD puts one descriptor more on the interest list of the epoll that "
        "is there already. The call only says what is to be watched and does not wait "
        "for it."
    ),
    (Place(Stage.ACCEPT), "accept4"): message(
        "Go tries first and waits later. Somebody may be in the queue already, and "
        "then there is nothing to wait for."
    ),
    (Place(Stage.ACCEPT, Step.POLL_WAIT), "none"): message(
        "Parking is the scheduler's business and happens inside the process: the "
        "goroutine is noted down as waiting for this descriptor and put aside. The "
        "kernel is not asked."
    ),
    (Place(Stage.ACCEPT, Step.POLL_OPEN), "epoll_ctl"): message(
        "accept4 has given a descriptor, and no more than that: epoll does not know "
        "it. It is put on the interest list by an EPOLL_CTL_ADD of its own."
    ),
    (Place(None, Step.SET_DEADLINE), "none"): message(
        "A deadline is a timer of Go's own runtime; the kernel is told nothing of it."
    ),
    (Place(None, Step.CLOSE), "epoll_ctl"): message(
        "The descriptor is taken off the interest list before it is closed, since from "
        "then on its number may be given to another file."
    ),
    (Place(None, Step.CLOSE), "close"): message(
        "This descriptor is on no interest list, so there is nothing to undo before: "
        "it is closed, and its number is free again."
    ),
}

OPTIONS: dict[str, Message] = {
    "IPV6_V6ONLY": message(
        "Its default is up to the machine (bindv6only), so Go sets it explicitly."
    ),
    "SO_BROADCAST": message("Without it the kernel refuses to send to a broadcast address."),
}
"""What is added for a default option that is set."""

# What a system call returns

LOWEST = message(
    "The kernel gives the lowest number that is free: {taken} are open, and so it is {number}."
)
LOWEST_THEN = message(
    "The kernel gives the lowest number that is free at that instant; other "
    "threads may have opened or closed something meanwhile."
)
BOUND = message(
    "Nothing stood in the way, and the socket has the address now. Calls that have "
    "nothing to give back but success return 0; a port that the kernel picked is "
    "asked for later, by getsockname."
)
LISTENS = message(
    "listen makes no new descriptor: it is the same socket, now in state LISTEN. "
    "The backlog went in as an argument; what it was set to is in the kernel's view."
)
WATCHED = message(
    "The descriptor is on the interest list, and with that the call has done its "
    "work. Waiting for something to happen is a call of its own, epoll_pwait."
)
CONNECTED = message(
    "There was nothing to wait for: when connect returned, the connection was made already."
)
EMPTY_QUEUE = message(
    "The socket is non-blocking. Where accept would have to wait, it answers "
    "EAGAIN at once: that is no failure, it only says that nobody is there yet."
)
NOTHING_TO_READ = message(
    "The descriptor is non-blocking, so the thread is never held up by a peer that "
    "is silent: EAGAIN comes at once, and what to do about it is left to the "
    "caller."
)
BYTES = message(
    "A read takes what is there, up to the room it has, and does not wait for "
    "more: {count} of {room} bytes."
)
END = message(
    "The client's FIN is all that is left, and 0 means just that: the stream has "
    "come to its end. A silent client would have given EAGAIN."
)
ERRORS: dict[str, Message] = {
    "EMFILE": message(
        "Every descriptor that the process may have is in use, and without a "
        "descriptor there is nothing the kernel could give back."
    ),
    "ENFILE": message(
        "The whole machine has run out of open files; this process can do nothing "
        "about it but try again later."
    ),
    "ENOSPC": message(
        "A user may have only so many watched descriptors (max_user_watches), and the "
        "limit has been reached."
    ),
    "EINTR": message(
        "EINTR says that a signal interrupted the call. Nothing has happened and "
        "nothing is lost; the call is simply to be made again."
    ),
    "ECONNABORTED": message(
        "The connection was given up while it waited in the queue. It concerns that "
        "one alone: the next may be sound."
    ),
    "ECONNRESET": message(
        "The other end has sent RST: the connection does not exist any more. On Linux "
        "the bytes that came before the RST are read first, and this error comes after "
        "them, once."
    ),
    "EINPROGRESS": message(
        "A handshake takes a round trip, and the socket is non-blocking: connect has "
        "begun it and does not wait for its end."
    ),
}
ERRORS_OF: dict[tuple[str, str], Message] = {
    ("bind", "EADDRINUSE"): message(
        "Another socket has this address: one that listens, against which SO_REUSEADDR does not "
        "help; or, where that option is not set, a connection that an earlier server has left, "
        "open or in TIME_WAIT."
    ),
    ("bind AF_UNIX", "EADDRINUSE"): message(
        "The path exists already, and bind would have to make it. A file that a dead "
        "server left behind is enough, and SO_REUSEADDR does not help: somebody has to "
        "remove it."
    ),
    ("bind", "EACCES"): message(
        "Ports below ip_unprivileged_port_start are for the privileged, and bind is "
        "the call that asks for the port."
    ),
    ("bind AF_UNIX", "EACCES"): message(
        "bind makes a file for the path, and this user may not make one in that folder."
    ),
    ("bind", "EADDRNOTAVAIL"): message(
        "No interface of this machine has that address, so nobody could ever be reached there."
    ),
    ("listen", "EADDRINUSE"): message(
        "Another socket listens on this port. While neither listened, SO_REUSEADDR let "
        "both be bound to it; only one of them can be the listener."
    ),
    ("connect", "EINTR"): message(
        "EINTR says that a signal interrupted the call. The handshake continues anyway, so "
        "connect is not made again: its end is waited for, as after EINPROGRESS."
    ),
    ("connect", "ECONNREFUSED"): message(
        "Nobody listens there, and the kernel over there says so by RST."
    ),
    ("connect AF_UNIX", "ECONNREFUSED"): message(
        "The path is there, but no socket listens on it any more."
    ),
}
"""Errors that mean different things for different calls; ``CALL AF_UNIX`` is for a path."""
INJECTED = message("Here the scenario has put the error in; the kernel was not asked.")

# The accept queue

QUEUED = message(
    "The kernel has shaken hands by itself and put the finished connection into "
    "the queue, from {before} to {after}. Nothing of the server ran for it."
)
QUEUED_BY_PATH = message(
    "The kernel has connected the two by itself, which takes no handshake on a "
    "path, and put the connection into the queue, from {before} to {after}. "
    "Nothing of the server ran for it."
)
QUEUE_FULL_BY_PATH = message(
    "The queue is full: {count} wait where the backlog is {backlog}, for the "
    "kernel lets in one more than that. Where there is no network the client is "
    "told so: a connect that does not block gets EAGAIN, one that blocks sleeps."
)
QUEUE_FULL = message(
    "The queue is full: {count} wait where the backlog is {backlog}, for the "
    "kernel lets in one more than that. The client's SYN is dropped; it hears "
    "nothing and will try again."
)
NOT_CONNECTED = message("connect has said {error}, so no connection is there that could wait.")
ONE_TAKEN = message(
    "accept4 takes one out, the one that has waited longest; the others stay where "
    "they are, and each needs a call of its own."
)
NONE_TAKEN = message(
    "accept4 has failed with {error} and taken nothing out: whoever waited is still waiting."
)

# After EAGAIN

PARKS = message(
    "Asking again and again would keep a processor busy for nothing. The goroutine "
    "parks instead, until somebody makes it ready; the program's call simply has "
    "not returned yet."
)

UNEXPLAINED = message(
    "It was {came} this time. Look at the line of source that led to it, and at "
    "what the kernel held just before."
)
"""For what a live server does and no explanation exists for."""
UNSEEN = message(
    "The outcome could not be seen, or what the question assumed was not so. It does not count."
)
