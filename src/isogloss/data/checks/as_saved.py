"""Traces of the program that saved a text: spreadsheet quotes, a wrong encoding."""

import re
from collections.abc import Sequence

from isogloss.data.checks.content import MIN_ROWS, NEARLY_ALL

_QUOTED = re.compile(r'"(?:[^"]|"")*"')
_LEAST_QUOTED = 3
_DAMAGED = 0.1
"""Share of texts with other letters than ASCII from which they show how they were saved."""


def are_quoted(cells: Sequence[str]) -> bool:
    '''Whether cells are quoted as spreadsheets and CSV writers do: `"He said ""hi"""`.

    All of them, or all that hold a quote, of which some have one inside.

    Args:
        cells: cells of all columns, as they stand in the file.
    '''
    cells = [cell for cell in cells if cell]
    with_quote = [cell for cell in cells if '"' in cell]
    quoted = [cell for cell in with_quote if _QUOTED.fullmatch(cell)]
    doubled = sum('""' in cell[1:-1] for cell in quoted)
    if len(quoted) < max(_LEAST_QUOTED, NEARLY_ALL * len(with_quote)):
        return False
    return len(quoted) >= NEARLY_ALL * len(cells) or doubled >= _LEAST_QUOTED


def encoding_fault(texts: Sequence[str]) -> str:
    """How texts were garbled before they were saved as UTF-8; "" if they were not.

    Args:
        texts: cells of all columns.

    >>> encoding_fault(["schÃ¶n", "fÃ¼r", "grÃ¼n"])
    'UTF-8 that was taken for Latin-1 (schÃ¶n)'
    """
    other = [text for text in texts if not text.isascii()]
    twice = [text for text in other if _is_utf8_read_as_latin(text)]
    lost = [text for text in other if "\ufffd" in text]
    for found, what in (
        (twice, "UTF-8 that was taken for Latin-1"),
        (lost, "letters that were lost in a conversion"),
    ):
        if len(found) >= max(MIN_ROWS, _DAMAGED * len(other)):
            return f"{what} ({found[0][:40]})"
    return ""


def _is_utf8_read_as_latin(text: str) -> bool:
    for encoding in ("cp1252", "latin-1"):
        try:
            text.encode(encoding).decode("utf-8")
        except UnicodeError:
            continue
        return True
    return False
