"""What makes a page safe and small: packed data, escaped text, a policy that allows nothing else.

The data is packed and spelled in base64, so nothing in it can be taken for markup, whatever bytes
it was made from; the few texts that stand in the markup itself are escaped.
"""

import base64
import hashlib
import html
import json
import zlib

from walkthrough.export.html.rows import Json
from walkthrough.view.text import safe

_LEVEL = 9
_RAW = -15
"""zlib's window for deflate without a header, which browsers call ``deflate-raw``."""
_LINE = 120


def packed(data: Json) -> str:
    """Return data as JSON, deflated and in base64, in lines."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    press = zlib.compressobj(_LEVEL, zlib.DEFLATED, _RAW)
    # Lone surrogates, which no file can hold, were made printable; if one is left it is replaced.
    pressed = press.compress(text.encode("utf-8", "replace")) + press.flush()
    spelled = base64.b64encode(pressed).decode("ascii")
    return "\n".join(spelled[at : at + _LINE] for at in range(0, len(spelled), _LINE))


def unpacked(spelled: str) -> Json:
    """Return the data that `packed` has packed."""
    return json.loads(zlib.decompress(base64.b64decode(spelled), _RAW))


def escaped(text: str) -> str:
    """Return text fit for the page's markup, and for any terminal."""
    return html.escape(safe(text), quote=True)


def policy(script: str, style: str) -> str:
    """Return the Content-Security-Policy: this script, this style, and not a single request."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src '{_digest(script)}'",
            f"style-src '{_digest(style)}'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )


def _digest(content: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode("ascii")
