"""What the system says of an error number, as messages: texts of strerror(3)."""

import errno
import os

from walkthrough.formatting.escaping import printable
from walkthrough.i18n.errors import MessageError
from walkthrough.i18n.messages import Message, message

_TEXTS = {
    errno.EFAULT: message("Bad address"),
    errno.ECHILD: message("No child processes"),
    errno.ENODEV: message("No such device"),
    errno.ENXIO: message("No such device or address"),
    errno.EMLINK: message("Too many links"),
    errno.ENOTEMPTY: message("Directory not empty"),
    errno.ESTALE: message("Stale file handle"),
    errno.EOVERFLOW: message("Value too large for defined data type"),
    errno.ENOPROTOOPT: message("Protocol not available"),
    errno.ECONNRESET: message("Connection reset by peer"),
    errno.EPERM: message("Operation not permitted"),
    errno.ENOENT: message("No such file or directory"),
    errno.ESRCH: message("No such process"),
    errno.EIO: message("Input/output error"),
    errno.E2BIG: message("Argument list too long"),
    errno.ENOEXEC: message("Exec format error"),
    errno.EBADF: message("Bad file descriptor"),
    errno.EAGAIN: message("Resource temporarily unavailable"),
    errno.ENOMEM: message("Cannot allocate memory"),
    errno.EACCES: message("Permission denied"),
    errno.EBUSY: message("Device or resource busy"),
    errno.EEXIST: message("File exists"),
    errno.ENOTDIR: message("Not a directory"),
    errno.EISDIR: message("Is a directory"),
    errno.EINVAL: message("Invalid argument"),
    errno.EMFILE: message("Too many open files"),
    errno.ENFILE: message("Too many open files in system"),
    errno.ETXTBSY: message("Text file busy"),
    errno.EFBIG: message("File too large"),
    errno.ENOSPC: message("No space left on device"),
    errno.EROFS: message("Read-only file system"),
    errno.EPIPE: message("Broken pipe"),
    errno.ENAMETOOLONG: message("File name too long"),
    errno.ENOLCK: message("No locks available"),
    errno.ENOSYS: message("Function not implemented"),
    errno.ELOOP: message("Too many levels of symbolic links"),
    errno.EPROTONOSUPPORT: message("Protocol not supported"),
    errno.EOPNOTSUPP: message("Operation not supported"),
    errno.EAFNOSUPPORT: message("Address family not supported by protocol"),
    errno.EADDRINUSE: message("Address already in use"),
    errno.EADDRNOTAVAIL: message("Cannot assign requested address"),
    errno.ENETUNREACH: message("Network is unreachable"),
    errno.ECONNREFUSED: message("Connection refused"),
    errno.EDQUOT: message("Disk quota exceeded"),
}
"""Those that a user may meet; any other is said as the system says it."""


def error_number_text(number: int) -> Message | str:
    """Return what strerror(3) says of ``number``; a plain string if it has no translation."""
    said = os.strerror(number)
    known = _TEXTS.get(number)
    return known if known is not None and known.id == said else said


def system_error_text(error: OSError) -> Message | str:
    """Return what went wrong, as the system says it and without the name of the file."""
    said = error.strerror or str(error) or type(error).__name__
    known = _TEXTS.get(error.errno or 0)
    return known if known is not None and known.id == said else said


def reason(error: BaseException) -> Message | str:
    """Return why something failed, in a few words that are safe to print."""
    if isinstance(error, MessageError):
        return error.message
    text = system_error_text(error) if isinstance(error, OSError) else str(error)
    if isinstance(text, Message):
        return text
    return printable(text) or type(error).__name__
