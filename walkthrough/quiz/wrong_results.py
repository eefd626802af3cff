"""Why a call returns something else than was chosen, and a goroutine does something else."""

from walkthrough.i18n.messages import message
from walkthrough.quiz.wrong_choice import WrongChoice

# Descriptors

STANDARD_INPUT = WrongChoice(
    message("0 is standard input: the kernel's view lists it as open, so its number is not free.")
)
NUMBER_TAKEN = WrongChoice(
    message(
        "Descriptor {number} is open, as the kernel's view shows. A number is free again only "
        "once it has been closed."
    )
)
OF_THE_LISTENER = WrongChoice(
    message(
        "{number} is the listener's own descriptor. A connection is another socket and gets "
        "another number; the listener goes on listening."
    )
)
NOT_THE_LOWEST = WrongChoice(
    message(
        "Numbers are not simply counted on: the lowest that is free is given out, and the "
        "kernel's view shows that {lowest} is free."
    )
)
TAKEN_MEANWHILE = WrongChoice(
    message(
        "{number} was the lowest that was free when the question was asked; another thread has "
        "been given it meanwhile."
    )
)

# Results of calls

SUCCESS = WrongChoice(
    message("0 would mean that nothing stood in the way. The error says what does.")
)
NOT_THAT_ERROR = WrongChoice(
    message("That error has other causes; the one that came says what it is this time.")
)
NO_EADDRINUSE = WrongChoice(
    message(
        "EADDRINUSE says that another socket has this address, and that the two may not share "
        "it. There is no such socket here."
    )
)
NO_EACCES = WrongChoice(
    message(
        "EACCES is for ports below ip_unprivileged_port_start, usually 1024, and for paths in a "
        "folder that is not one's own. This is neither."
    )
)
NOT_THE_PORT = WrongChoice(
    message(
        "bind returns success or an error, and no number. Which port the kernel has picked for "
        "port 0 is asked for later, by getsockname."
    )
)
NOT_THE_BACKLOG = WrongChoice(
    message(
        "The backlog is what listen was given. How much of it the kernel grants is not "
        "returned; the kernel's view shows it."
    )
)
NO_NEW_DESCRIPTOR = WrongChoice(
    message(
        "listen makes no second socket: the kernel's view shows the same descriptor, now in "
        "state LISTEN."
    )
)
LISTEN_DOES_NOT_WAIT = WrongChoice(
    message(
        "EAGAIN is for calls that would have to wait. listen only makes a listener of the "
        "socket, whether or not anybody comes."
    )
)
CONNECT_WOULD_BLOCK = WrongChoice(
    message(
        "A blocking connect returns 0 once the handshake is done. This one does not wait for "
        "it: the socket was made with SOCK_NONBLOCK."
    )
)
CONNECT_WOULD_SLEEP = WrongChoice(
    message(
        "A blocking connect sleeps that long. The socket was made with SOCK_NONBLOCK, so the "
        "call returns while the handshake is on its way."
    )
)
CONNECT_HAS_BEGUN = WrongChoice(
    message(
        "EAGAIN says that nothing was done. This connect has done something: its SYN is out, "
        "and the error says that it is in progress."
    )
)
CONNECTED_AT_ONCE = WrongChoice(
    message(
        "EINPROGRESS is for a handshake that takes time. Here the outcome was known before connect "
        "returned."
    )
)
NOT_A_COUNT = WrongChoice(
    message(
        "epoll_pwait returns how many events there are. epoll_ctl changes the list, and returns "
        "0 when that is done."
    )
)
WATCHING_DOES_NOT_WAIT = WrongChoice(
    message(
        "EAGAIN is for calls that would have to wait. epoll_ctl only puts the descriptor on the "
        "list; the waiting is epoll_pwait's."
    )
)
NO_ENOSPC = WrongChoice(
    message(
        "ENOSPC comes when the user watches as many descriptors as max_user_watches allows, "
        "which are very many."
    )
)
NOT_THE_ROOM = WrongChoice(
    message(
        "{room} is the room in the buffer. A read does not wait until that is full: it returns "
        "with what has come, {count}."
    )
)
NOT_BY_THE_BYTE = WrongChoice(
    message("A read does not go byte by byte: it takes all that has come, as far as there is room.")
)
BYTES_ARE_THERE = WrongChoice(
    message(
        "0 is kept for the end of the stream. Bytes have come: the kernel's view shows {count} "
        "to be read."
    )
)
END_IS_NOT_EAGAIN = WrongChoice(
    message(
        "EAGAIN says that something may still come. After the client's FIN nothing can, and "
        "that has an answer of its own."
    ),
    believes=14,
)
END_IS_NO_RESET = WrongChoice(
    message(
        "ECONNRESET comes after an RST. This client has closed in an orderly way, by FIN: the "
        "kernel's view shows CLOSE_WAIT."
    )
)
EPIPE_IS_FOR_WRITERS = WrongChoice(
    message(
        "EPIPE is for writing to a connection that takes no more. Reading past the last byte is "
        "no error."
    )
)

# Does it wait?

ACCEPT4_WOULD_SLEEP = WrongChoice(
    message(
        "A blocking accept would sleep. The listener was made with SOCK_NONBLOCK, so accept4 "
        "returns, and it is the goroutine that waits."
    ),
    believes=3,
)
NOBODY_TO_ACCEPT = WrongChoice(
    message(
        "A descriptor belongs to a connection, and none is there: the kernel's view shows the "
        "accept queue at 0."
    )
)
ZERO_IS_A_DESCRIPTOR = WrongChoice(
    message(
        "0 would be a descriptor, that of standard input. That nobody is there is said by an error."
    )
)
READ_WOULD_SLEEP = WrongChoice(
    message(
        "A blocking call would sleep. This descriptor is non-blocking, so the call returns, and "
        "it is the goroutine that waits."
    )
)
ZERO_IS_THE_END = WrongChoice(
    message(
        "0 is kept for the end of a stream, or for an empty datagram. That nothing has come yet "
        "is said by an error."
    ),
    believes=14,
)
NO_ENODATA = WrongChoice(
    message(
        "The name fits, but the kernel uses ENODATA for other things. Whatever would have to "
        "wait says EAGAIN."
    )
)
PARKED_MEANWHILE = WrongChoice(
    message(
        "That would keep a processor busy for nothing. In the trace {call} is called again only "
        "after epoll has reported the descriptor."
    )
)
ACCEPT_KEEPS_EAGAIN = WrongChoice(
    message(
        "Most errors are handed on, but Accept keeps EAGAIN to itself: it only means that the "
        "queue is empty. The program's call has not returned."
    ),
    believes=13,
)
READ_KEEPS_EAGAIN = WrongChoice(
    message(
        "Most errors are handed on, but Read keeps EAGAIN to itself: it only means that nothing "
        "has come yet. The program's call has not returned."
    )
)
THE_SCHEDULER_POLLS = WrongChoice(
    message(
        "A thread of the scheduler calls epoll_pwait, for all descriptors at once. This "
        "goroutine goes into pollWait, where the trace has no system call."
    ),
    believes=16,
)

# The accept queue

QUEUE_BEFORE_ACCEPT = WrongChoice(
    message(
        "The queue would stay as it is if accept made the connection. The kernel makes it by "
        "itself, and queues it before anybody calls accept."
    ),
    believes=1,
)
ONE_CONNECT_ONE_MORE = WrongChoice(
    message("One connect makes one connection, and each stands in the queue once.")
)
NOBODY_TAKES_ONE = WrongChoice(
    message("Only accept4 takes connections out, and it is not called meanwhile.")
)
LIMIT_IS_NOT_LENGTH = WrongChoice(
    message(
        "{backlog} is the backlog, the limit of the queue. How many wait is another number: "
        "the kernel's view shows both."
    )
)
QUEUE_WAS_FULL = WrongChoice(
    message(
        "There would have to be room for it, and the queue holds one more than its backlog "
        "already: the kernel's view shows both numbers."
    ),
    believes=2,
)
NOT_FINISHED = WrongChoice(
    message(
        "Only connections whose handshake is finished stand in this queue, and connect has said "
        "that this one is not: half-open ones are kept apart."
    ),
    believes=15,
)
NOT_IN_ANY_QUEUE = WrongChoice(
    message("It would be so if connect had succeeded. It has failed, so there is nothing to queue.")
)
ONE_LEFT_THE_QUEUE = WrongChoice(
    message(
        "accept4 does not copy a connection, it takes it out: with the descriptor it has left "
        "the queue."
    )
)
ACCEPT4_TAKES_ONE = WrongChoice(
    message(
        "One accept4 takes one connection, however many wait. The others need a call each, "
        "without any further wake-up."
    ),
    believes=7,
)
ACCEPT4_ADDS_NONE = WrongChoice(
    message("Only a client that connects makes the queue longer; accept4 makes it shorter.")
)
ACCEPT4_TOOK_NONE = WrongChoice(
    message("It would be so if accept4 had succeeded. It has failed, and took nothing out.")
)
