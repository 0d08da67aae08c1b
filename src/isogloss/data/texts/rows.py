"""The rows of a file of texts, format by format; those that cannot be read are told as rejects."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path

from isogloss.data.columns import are_names
from isogloss.data.places import without_compression
from isogloss.data.readers.foreign import refuse_markup
from isogloss.data.readers.jsonl import parse_object, refuse_one_value
from isogloss.data.readers.opening import decode_line, is_pipe, open_bytes, read_lines
from isogloss.data.readers.parquet import example_row, open_parquet, table_rows
from isogloss.data.rejects import Reason, RejectFile
from isogloss.data.texts.columns import ID_NAMES, TEXT_NAMES, Wanted

_SUFFIXES = {
    ".tsv": "tsv",
    ".tab": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".parquet": "parquet",
}

Lines = Iterable[bytes]
Row = Mapping[str, object] | None
"""A row's columns by name; None where it cannot be read, which has been told to the rejects."""


def read_rows(wanted: Wanted, rejects: RejectFile) -> Iterator[tuple[int, Row]]:
    """Rows by number, from 1; `wanted` knows its columns once the first is given.

    Args:
        wanted: the file and what is wanted of it.
        rejects: told of rows that cannot be read.

    Raises:
        DataFormatError: see `isogloss.data.texts.read_texts`.
    """
    return _READERS[_kind(wanted)](wanted, rejects)


def count_rows(path: str) -> int | None:
    """About how many rows a file has; None for a pipe, which can be read once.

    Raises:
        DataFormatError: it is damaged.
    """
    if is_pipe(path):
        return None
    if Path(without_compression(path)).suffix.lower() == ".parquet":
        with open_parquet(path) as table:
            return int(table.metadata.num_rows)
    with open_bytes(path) as handle:
        return sum(block.count(b"\n") for block in iter(lambda: handle.read(1 << 20), b""))


def _kind(wanted: Wanted) -> str:
    if is_pipe(wanted.path):
        return "pipe"
    suffix = Path(without_compression(wanted.path)).suffix.lower()
    return _SUFFIXES.get(suffix, "lines" if wanted.column is None else "tsv")


def _read_pipe(wanted: Wanted, rejects: RejectFile) -> Iterator[tuple[int, Row]]:
    lines = read_lines(wanted.path)
    first = next(lines, None)
    whole = chain([] if first is None else [first], lines)
    if first is not None and parse_object(first.decode("utf-8", "replace")) is not None:
        return _jsonl_rows(wanted, rejects, whole)
    return (_text_rows if wanted.column is None else _tsv_rows)(wanted, rejects, whole)


def _text_rows(wanted: Wanted, rejects: RejectFile, lines: Lines) -> Iterator[tuple[int, Row]]:
    wanted.text = "text"
    for number, line in enumerate(lines, start=1):
        text = decode_line(line, number, rejects)
        if number == 1 and text is not None:
            refuse_markup(
                text, wanted.path, "a text a line", "give it a name that ends in .jsonl, or convert"
            )
        yield number, None if text is None else {"text": text}


def _tsv_rows(wanted: Wanted, rejects: RejectFile, lines: Lines) -> Iterator[tuple[int, Row]]:
    names: list[str] = []
    for number, line in enumerate(lines, start=1):
        text = decode_line(line, number, rejects)
        if text is None:
            yield number, None
            continue
        cells = text.split("\t")
        if not names and text.strip():
            header = [cell.strip().strip('"') for cell in cells]
            by_name = wanted.column is not None and not wanted.column.isdigit()
            known = {*TEXT_NAMES, *ID_NAMES} & {name.lower() for name in header}
            is_header = by_name or bool(known and are_names(header))
            names = header if is_header else [str(n + 1) for n in range(len(cells))]
            wanted.choose(names, names)
            if is_header:
                continue
        row = dict(zip(names, cells, strict=False))
        if names and wanted.text not in row:
            rejects.add(number, Reason.FEW_COLUMNS, text)
            yield number, None
        else:
            yield number, row


def _jsonl_rows(wanted: Wanted, rejects: RejectFile, lines: Lines) -> Iterator[tuple[int, Row]]:
    for number, line in enumerate(lines, start=1):
        text = decode_line(line, number, rejects)
        row = None if text is None else parse_object(text)
        if row is not None and not wanted.text:
            named = wanted.column is not None and wanted.column not in row
            if number == 1 and text is not None and named:
                refuse_one_value(text, wanted.path)
            wanted.choose(list(row), [name for name, value in row.items() if _is_text(value)])
        if row is None and text is not None:
            if number == 1:
                refuse_one_value(text, wanted.path)
            rejects.add(number, Reason.NOT_JSON, text)
        yield number, row


def _read_parquet(wanted: Wanted, rejects: RejectFile) -> Iterator[tuple[int, Row]]:
    with open_parquet(wanted.path) as table:
        example = example_row(table.schema_arrow)
        wanted.choose(list(example), [name for name, value in example.items() if _is_text(value)])
        columns = wanted.columns(list(example))
        yield from enumerate(table_rows(table, columns, wanted.path), start=1)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


_READERS: Mapping[str, Callable[[Wanted, RejectFile], Iterator[tuple[int, Row]]]] = {
    "pipe": _read_pipe,
    "parquet": _read_parquet,
    "lines": lambda wanted, rejects: _text_rows(wanted, rejects, read_lines(wanted.path)),
    "tsv": lambda wanted, rejects: _tsv_rows(wanted, rejects, read_lines(wanted.path)),
    "jsonl": lambda wanted, rejects: _jsonl_rows(wanted, rejects, read_lines(wanted.path)),
}
