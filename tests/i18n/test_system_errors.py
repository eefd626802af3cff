"""What the system says of an error number is a message, in the system's own words."""

import errno
import os
import re

import pytest

from walkthrough.i18n.catalogue import catalogue
from walkthrough.i18n.errors import MessageError
from walkthrough.i18n.messages import Message, message
from walkthrough.i18n.system_errors import error_number_text, reason, system_error_text

MET = (errno.EACCES, errno.ENOSPC, errno.EADDRINUSE, errno.EMFILE, errno.EAGAIN, errno.EDQUOT)


@pytest.mark.parametrize("number", MET)
def test_it_is_in_the_system_s_words_and_in_chinese(number: int) -> None:
    said = error_number_text(number)
    assert isinstance(said, Message)
    assert str(said) == os.strerror(number)
    assert re.search(r"[\u4e00-\u9fff]", catalogue("zh")(said))
    assert system_error_text(OSError(number, os.strerror(number))) == said


def test_what_is_not_known_is_said_as_the_system_says_it() -> None:
    assert error_number_text(errno.EXDEV) == os.strerror(errno.EXDEV)
    assert error_number_text(99_999) == os.strerror(99_999)


def test_another_text_than_the_system_s_is_kept() -> None:
    assert system_error_text(OSError(errno.EACCES, "others may write there")) == (
        "others may write there"
    )
    assert system_error_text(OSError("just so")) == "just so"
    assert system_error_text(OSError()) == "OSError"


def test_the_reason_of_an_error_is_its_message_or_what_the_system_says() -> None:
    said = message("{file} is empty.", file="a")
    assert reason(MessageError(said)) == said
    assert reason(OSError(errno.EACCES, os.strerror(errno.EACCES), "/a")) == error_number_text(
        errno.EACCES
    )
    assert reason(ValueError("embedded null byte")) == "embedded null byte"
    assert reason(ValueError("\x1b[2J")) == "\\x1b[2J"
    assert reason(OSError(0, "\x1b[2J")) == "\\x1b[2J"
    assert reason(KeyError()) == "KeyError"
