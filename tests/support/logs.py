"""Reading a log that a test has written."""

from walkthrough.strace_log.log import Log, parse


def read(text: str) -> Log:
    return parse(text.splitlines(keepends=True), "a.log")


def described(log: Log) -> list[str]:
    return [f"{call.name}({call.arguments}) = {call.result}" for call in log.calls]
