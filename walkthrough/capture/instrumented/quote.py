"""Go's %q: bytes from anywhere as text that is safe on any terminal."""

_SHORT = {7: "\\a", 8: "\\b", 12: "\\f", 10: "\\n", 13: "\\r", 9: "\\t", 11: "\\v"}
_SHORT |= {ord("\\"): "\\\\", ord('"'): '\\"'}


def quote(data: bytes) -> str:
    r"""Return ``data`` in double quotes, escaped as strconv.Quote does it.

    What can be printed stays; bytes that are not UTF-8 become ``\xNN``.
    """
    # surrogateescape keeps each bad byte apart, as a code point from U+DC80 to U+DCFF.
    return '"' + "".join(map(_escaped, data.decode("utf-8", "surrogateescape"))) + '"'


def _escaped(char: str) -> str:
    code = ord(char)
    if code in _SHORT:
        return _SHORT[code]
    if char.isprintable():
        return char
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x20 or code == 0x7F:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
