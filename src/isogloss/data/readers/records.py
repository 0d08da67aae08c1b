"""Tables with named columns (Parquet, the hub): choose two of them, take pairs out of rows."""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence

from isogloss.data.columns import Columns, find_in_row, named_languages
from isogloss.data.places import Where
from isogloss.data.readers.pair import RawPair, weighted
from isogloss.data.rejects import Reason, RejectFile
from isogloss.errors import DataFormatError

logger = logging.getLogger(__name__)


def choose_columns(example: Mapping[str, object], where: Where) -> Columns:
    """Columns the user named, else those whose names tell, else the only two of text.

    Args:
        example: a row, or one made up from a schema: text where a column is text, a mapping where
            it has fields.
        where: languages, and the columns named, if any.

    Returns:
        Columns that the table has; of two unnamed ones the first is the source, which is logged.

    Raises:
        DataFormatError: a named column is not there, or nothing tells which two to take.
    """
    shown = ", ".join(map(repr, list(example)[:12])) or "none"
    if where.weight is not None and where.weight not in example:
        raise DataFormatError(
            f"{where.text}: no column {where.weight!r} for the weights; it has {shown}; name one"
        )
    asked = where.columns
    if asked is not None:
        for name in (asked.source, asked.target):
            if name not in example:
                raise DataFormatError(
                    f"{where.text}: no column {name!r}; it has {shown}; name two of these"
                )
        return asked
    found = find_in_row(example, where.languages)
    if found is not None:
        return found
    texts = [name for name, value in example.items() if isinstance(value, str)]
    refuse_other_languages(texts, where)
    if len(texts) != 2:
        raise DataFormatError(
            f"{where.text}: columns {shown}; expected names that tell {where.languages.source} and "
            f"{where.languages.target}, or two columns of text; name them: '?source=A&target=B'"
        )
    logger.warning("%s: source taken from column %r, target from %r", where.text, *texts)
    return Columns(*texts)


def refuse_other_languages(names: Sequence[str], where: Where) -> None:
    """Refuse a table whose columns are called after other languages than it should hold.

    Raises:
        DataFormatError: they are.
    """
    found = named_languages(names, where.languages)
    if found:
        raise DataFormatError(
            f"{where.text}: its columns are called {', '.join(map(repr, found))}; expected "
            f"{where.languages.source} and {where.languages.target}; write the languages that it "
            "holds, or name the columns: '?source=A&target=B'"
        )


def pairs_of_rows(
    rows: Iterable[Mapping[str, object]],
    columns: Columns,
    rejects: RejectFile,
    weight: str | None = None,
) -> Iterator[RawPair]:
    """Take the pairs out of rows.

    Args:
        rows: column name to value.
        columns: which to take.
        rejects: told of rows with a side that is null or not text, or without a weight.
        weight: column of the weights; None: there is none.

    Yields:
        Pairs numbered by row, from 1.
    """
    for number, row in enumerate(rows, start=1):
        source, target = columns.pick(row)
        if isinstance(source, str) and isinstance(target, str):
            if weight is None:
                yield RawPair(number, source, target)
            else:
                yield from weighted((number, source, target), row.get(weight), rejects)
        else:
            missing = source is None or target is None
            rejects.add(
                number, Reason.NO_SIDE if missing else Reason.NOT_TEXT, f"{source}\t{target}"
            )
