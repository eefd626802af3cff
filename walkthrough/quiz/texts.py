"""What the questions from the trace ask and offer. Why something came is in `explanations`."""

from walkthrough.i18n.messages import Message, message


def joined(one: Message, other: Message) -> Message:
    """Return two sentences one after the other."""
    return message("{first} {second}", first=one, second=other)


FIRST_STAGE = message("{function} has been called. Which of the eight stages begins first?")
NEXT_STAGE = message("{stage} is done. Which stage begins next?")
AFTER_FAILURE = message("{stage} has failed. Which stage begins next?")
NO_STAGE = message("none; that was the last")

FIRST_CALL = message("Which system call does {function} make first?")
NO_CALL = message("none at all")

DESCRIPTOR = message("{call} is being called. Which descriptor will it return?")
DESCRIPTOR_OF_WAITING = message(
    "accept4 is being called, and a connection waits in the accept queue. Which "
    "descriptor will it return?"
)
RESULT = message("{call} is being called on descriptor {fd}. What will it return?")
WATCH = message("epoll_ctl is being called, to have descriptor {fd} watched. What will it return?")
EMPTY_QUEUE = message("accept4 is being called, and the accept queue is empty. What happens?")
NOTHING_TO_READ = message(
    "{call} is being called on descriptor {fd}, and nothing has come for it. What happens?"
)
BYTES_TO_READ = message(
    "read is being called on descriptor {fd}, with room for {room} bytes; {count} "
    "have come. What will it return?"
)
END_TO_READ = message(
    "read is being called on descriptor {fd}. All that came has been read, and the "
    "client has closed its sending half. What will it return?"
)

CONNECTS = message(
    "A client is about to connect, and the accept queue holds {count}. How many "
    "does it hold after that?"
)
TAKES_ONE = message(
    "On fd {fd} the accept queue holds {count}, and accept4 is being called. How many does it "
    "hold once accept4 has returned?"
)

AFTER_EAGAIN = message(
    "{call} has returned EAGAIN to goroutine {goroutine}. What does that goroutine do next?"
)
PARKS = message("it parks")
TRIES_AGAIN = message("it calls {call} again, and so on until it succeeds")
GIVES_UP = message("it hands the error to the program")
FIRST_POLLS = message("it waits in epoll_pwait itself")

FAILS = message("-1 {error}")
AT_ONCE = message("-1 {error}, at once")
SLEEPS_FOR_CLIENT = message("it sleeps until a client connects")
SLEEPS_FOR_BYTES = message("it sleeps until something comes")
SLEEPS_FOR_HANDSHAKE = message("nothing, until the handshake is over")
A_DESCRIPTOR = message("{number}, a descriptor")
THE_PORT = message("the number of the port")
