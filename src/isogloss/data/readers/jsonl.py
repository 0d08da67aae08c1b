"""One JSON object per line."""

import json
from collections.abc import Iterator

from isogloss.data.columns import find_in_row
from isogloss.data.places import Where
from isogloss.data.readers.opening import decode_line, read_lines
from isogloss.data.readers.pair import RawPair, weighted
from isogloss.data.rejects import Reason, RejectFile
from isogloss.errors import DataFormatError


def read_jsonl(where: Where, rejects: RejectFile) -> Iterator[RawPair]:
    """Read objects whose keys name the sides, or `{"translation(s)": {…}}` with such keys inside.

    Args:
        where: one file, compressed or not; keys as the user names them, or found (see
            `find_columns`).
        rejects: told of lines that are not an object, lack a side, or have one that is not text.

    Yields:
        Pairs numbered by line.

    Raises:
        DataFormatError: the file is one JSON value, or cannot be unpacked.
    """
    columns, number, alone = where.columns, 0, ""
    for number, line in enumerate(read_lines(where.locations[0]), start=1):
        text = decode_line(line, number, rejects)
        if text is None:
            continue
        row = parse_object(text)
        source, target = (None, None) if columns is None or row is None else columns.pick(row)
        if row is not None and where.columns is None and (source is None or target is None):
            # The first row, or one with other keys than the row before it.
            columns = find_in_row(row, where.languages) or columns
            source, target = (None, None) if columns is None else columns.pick(row)
        if isinstance(source, str) and isinstance(target, str):
            if where.weight is None:
                yield RawPair(number, source, target)
            else:
                pair, weight = (number, source, target), (row or {}).get(where.weight)
                yield from weighted(pair, weight, rejects)
            continue
        if number == 1:
            alone = text
            if row is None:
                refuse_one_value(text, where.locations[0])
        missing = source is None or target is None
        reason = Reason.NO_SIDE if missing else Reason.NOT_TEXT
        rejects.add(number, Reason.NOT_JSON if row is None else reason, text)
    if number == 1 and alone:
        refuse_one_value(alone, where.locations[0])


def parse_object(text: str) -> dict[str, object] | None:
    """A line as an object; None if it is not one."""
    value = _parse(text)
    return value if isinstance(value, dict) else None


def refuse_one_value(first: str, path: str) -> None:
    """Refuse a file that is one JSON value, with all rows in it, and not a row per line.

    Args:
        first: its first line, which is no row that can be used.
        path: the file, for the message.

    Raises:
        DataFormatError: it is an array, an object of arrays, or spread over several lines.
    """
    value, start = _parse(first), first.strip()
    what, way_out = "", "jq -c '.[]' FILE > FILE.jsonl"
    if (value is None and start[:1] == "[") or (isinstance(value, list) and _holds_rows(value)):
        what = "one JSON array"
    elif start == "{":
        what = "JSON with an object over several lines"
        way_out = "jq -c . FILE > FILE.jsonl (-c '.data[]' where the rows stand under a key)"
    elif isinstance(value, dict):
        for key, inner in value.items():
            if _holds_rows(inner):
                what = f"one JSON object with its rows under {key!r}"
                way_out = f"jq -c '.{key}[]' FILE > FILE.jsonl"
        if value and all(isinstance(inner, list | dict) for inner in value.values()) and not what:
            what, way_out = "one JSON object of columns", "write a row per line"
    if what:
        raise DataFormatError(
            f"{path} is {what}; expected one object per line; convert it: {way_out}"
        )


def _holds_rows(value: object) -> bool:
    return (
        isinstance(value, list) and bool(value) and all(isinstance(row, dict) for row in value[:9])
    )


def _parse(text: str) -> object:
    try:
        value: object = json.loads(text)
    except (
        ValueError,
        RecursionError,
    ):  # not JSON, a number beyond Python's limit, or nested beyond reason
        return None
    return value
