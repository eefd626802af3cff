"""What a recording says of the machine it was made on: little, for recordings are handed on."""

import platform


def kernel_name() -> str:
    """Return the kernel's name and version, ``Linux 6.18.44``, without what a builder added."""
    return f"{platform.system()} {platform.release().partition('-')[0]}"
