"""A server's last words on standard error, as one line."""

_DYING = ("panic: ", "fatal error: ")  # runtime/panic.go printpanics(), runtime/panic.go throw()


def last_words(printed: bytes) -> str:
    """Return the line that says what went wrong, as it was printed; "" if there is none.

    A Go program that dies prints why, and then where every goroutine was; any other server
    says it in its last line.

    Args:
        printed: What it wrote to descriptor 2.
    """
    lines = [line for line in printed.decode("utf-8", "backslashreplace").splitlines() if line]
    why = (line for line in lines if line.startswith(_DYING))
    return next(why, lines[-1] if lines else "")
