"""How to read a file that was refused for its content: by naming its columns."""

import re
from pathlib import Path

from isogloss.data.columns import find_columns, find_in_row
from isogloss.data.languages import LanguagePair
from isogloss.data.places import Where
from isogloss.data.readers.jsonl import parse_object
from isogloss.data.readers.opening import is_pipe, read_lines

_SPECIAL = re.compile(r"[%&+?]")


def bypass_hint(where: Where) -> str:
    """The place, written so that it is read as it is.

    Args:
        where: the place, read before, with no columns named.
    """
    if where.kind == "moses":
        one, other = where.locations
        return (
            f"if it is meant, `paste {one} {other} > pairs.tsv` and "
            "'pairs.tsv?source=1&target=2' reads it"
        )
    if where.kind == "tmx":
        return "if it is meant, write a TSV of both sides, which '?source=1&target=2' reads"
    names = _taken(where)
    if names is None:
        return "if it is meant, the same two columns, named with '?source=A&target=B', are read"
    source, target = (_SPECIAL.sub(lambda sign: f"%{ord(sign[0]):02X}", name) for name in names)
    return f"if it is meant, '?source={source}&target={target}' reads it"


def _taken(where: Where) -> tuple[str, str] | None:
    """The columns that a reader took by itself; None where they are inside another or not known."""
    path = where.locations[0]
    if where.kind == "tsv":
        return ("1", "2") if is_pipe(path) else _taken_of_tsv(path, where.languages)
    if where.kind == "parquet" and Path(path).suffix.lower() == ".parquet":
        return _taken_of_parquet(path, where.languages)
    if where.kind == "jsonl" and not is_pipe(path):
        row = parse_object(next(iter(read_lines(path)), b"").decode("utf-8", "replace"))
        found = find_in_row(row or {}, where.languages)
        return None if found is None or found.inside else (found.source, found.target)
    return None


def _taken_of_tsv(path: str, languages: LanguagePair) -> tuple[str, str]:
    lines = (line.decode("utf-8", "replace") for line in read_lines(path))
    first = next((line for line in lines if line.strip()), "")
    cells = [cell.strip().strip('"') for cell in first.split("\t")]
    header = find_columns(cells, languages)
    if header is None:
        return "1", "2"
    return str(1 + cells.index(header.source)), str(1 + cells.index(header.target))


def _taken_of_parquet(path: str, languages: LanguagePair) -> tuple[str, str] | None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pq.read_schema(path)
    found = find_columns(schema.names, languages)
    if found is not None:
        return found.source, found.target
    kinds = (pa.types.is_string, pa.types.is_large_string)
    texts = [field.name for field in schema if any(kind(field.type) for kind in kinds)]
    return (texts[0], texts[1]) if len(texts) == 2 else None
