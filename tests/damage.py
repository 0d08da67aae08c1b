"""Files as they are damaged in the field, and what may come of reading them."""

import gzip
from collections.abc import Callable
from typing import TypeVar

from hypothesis import strategies as st

from isogloss.errors import IsoglossError

Read = TypeVar("Read")

WAYS = (
    *("cut", "flip", "put in", "turn columns", "drop a line", "repeat a line", "gzip", "packed"),
    *("latin-1", "cp1251", "utf-16", "utf-16-le", "utf-8-sig"),
)
PIECES = (
    *(
        b"\xff",
        b"\0",
        b"\r",
        b"\n",
        b"\r\n",
        b"\t",
        b'"',
        b"\\",
        b",",
        b";",
        b"<",
        b"&",
        b"[",
        b"{",
    ),
    *(
        b"\xef\xbb\xbf",
        b"\xe2\x80\xa8",
        b"\xc2\x85",
        b"\xed\xa0\x80",
        b"1e999",
        b"NaN",
        b"0" * 5000,
    ),
)


def damaged(data: st.DataObject, content: bytes) -> bytes:
    """The content of a file after one of the ways in which files are damaged."""
    way = data.draw(st.sampled_from(WAYS), label="way")
    at = data.draw(st.integers(0, len(content)), label="at")
    lines = content.splitlines(keepends=True)
    line = min(content.count(b"\n", 0, at), len(lines) - 1)
    if way == "cut":
        return content[:at]
    if way == "flip":
        bit = 1 << data.draw(st.integers(0, 7), label="bit")
        return content[:at] + bytes(byte ^ bit for byte in content[at : at + 1]) + content[at + 1 :]
    if way == "put in":
        return content[:at] + data.draw(st.sampled_from(PIECES), label="piece") + content[at:]
    if way == "turn columns":
        cells = lines[line].rstrip(b"\r\n").split(b"\t")
        lines[line] = b"\t".join(cells[::-1]) + b"\n"
    elif way == "drop a line":
        del lines[line]
    elif way == "repeat a line":
        lines.insert(line, lines[line])
    elif way in ("latin-1", "cp1251", "utf-16", "utf-16-le", "utf-8-sig"):
        return content.decode("utf-8", "replace").encode(way, "replace")
    else:
        packed = gzip.compress(content)
        return packed[: 1 + at * len(packed) // (len(content) + 1)] if way == "gzip" else packed
    return b"".join(lines)


def attempt(read: Callable[[], Read]) -> Read | None:
    """What is read; None where it is refused, which is said in one line."""
    try:
        return read()
    except IsoglossError as error:
        assert "\n" not in str(error)
        return None
