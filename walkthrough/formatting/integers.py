"""Numbers that a binary format's field has to hold, whatever a recording says."""


def within(number: int, bits: int) -> int:
    """Return a number as near as ``bits`` bits without a sign can hold it."""
    return min(max(number, 0), (1 << bits) - 1)
