"""One JSON object per line."""

import json
from collections.abc import Iterator

from isogloss.data.columns import find_in_row
from isogloss.data.readers.opening import decode_line, read_lines
from isogloss.data.readers.pair import RawPair
from isogloss.data.rejects import Reason, RejectFile
from isogloss.data.where import Where


def read_jsonl(where: Where, rejects: RejectFile) -> Iterator[RawPair]:
    """Read objects whose keys name the sides, or `{"translation": {…}}` with such keys inside.

    Args:
        where: one file, compressed or not; keys as the user names them, or found (see
            `find_columns`).
        rejects: told of lines that are not an object, lack a side, or have one that is not text.

    Yields:
        Pairs numbered by line.
    """
    columns = where.columns
    for number, line in enumerate(read_lines(where.locations[0]), start=1):
        text = decode_line(line, number, rejects)
        if text is None:
            continue
        row = _parse(text)
        if row is None:
            rejects.add(number, Reason.NOT_JSON, text)
            continue
        source, target = (None, None) if columns is None else columns.pick(row)
        if (source is None or target is None) and where.columns is None:
            # The first row, or one with other keys than the row before it.
            columns = find_in_row(row, where.languages) or columns
            source, target = (None, None) if columns is None else columns.pick(row)
        if isinstance(source, str) and isinstance(target, str):
            yield RawPair(number, source, target)
        else:
            missing = source is None or target is None
            rejects.add(number, Reason.NO_SIDE if missing else Reason.NOT_TEXT, text)


def _parse(text: str) -> dict[str, object] | None:
    try:
        value = json.loads(text)
    except (
        ValueError,
        RecursionError,
    ):  # not JSON, a number beyond Python's limit, or nested beyond reason
        return None
    return value if isinstance(value, dict) else None
