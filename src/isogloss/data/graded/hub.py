"""Graded pairs from a dataset of the Hugging Face hub, or a local folder of one."""

from typing import Any

from isogloss.data.checks.sides import refuse_keys
from isogloss.data.graded.reader import GradedRow, find_columns
from isogloss.data.places import parse_hub
from isogloss.data.readers.hub import guarded, quiet_datasets
from isogloss.errors import DataFormatError


def read_hub_rows(where: str) -> list[GradedRow]:
    """Read one split of a dataset whose columns are called as in STS files with a header.

    Args:
        where: such as `hf:PhilipMay/stsb_multi_mt:de#dev`; `train` where no split is named.

    Raises:
        InputError: the name cannot be that of a dataset.
        MissingFileError: a folder is not there.
        DataFormatError: the dataset cannot be read, it lacks columns, or a score is no number from
            0 to 5.
    """
    import datasets

    dataset = parse_hub(where, where)
    split = dataset.split or "train"
    way_out = "check the files"
    if not dataset.is_local:
        way_out = "check the name, the network and your access to it"
    with quiet_datasets():
        table: Any = guarded(
            lambda: datasets.load_dataset(dataset.name, dataset.config, split=split), where, way_out
        )
    columns = find_columns(table.column_names, where)
    if columns is None:
        raise DataFormatError(
            f"{where} has the columns {', '.join(table.column_names)}; expected score, sentence1 "
            "and sentence2; choose another dataset, or save it as a file with these"
        )
    rows = [_row(where, number, row, columns) for number, row in enumerate(_cells(table), start=1)]
    refuse_keys(
        [row.first for row in rows],
        [row.second for row in rows],
        where,
        (
            f"column {table.column_names[columns.first]!r}",
            f"{table.column_names[columns.second]!r}",
        ),
        "choose another dataset",
    )
    return rows


def _cells(table: Any) -> Any:
    return zip(*(table[name] for name in table.column_names), strict=True)


def _row(where: str, number: int, cells: Any, columns: Any) -> GradedRow:
    first, second = (_text(where, number, cells[at]) for at in (columns.first, columns.second))
    score = _number(where, number, "score", cells[columns.score], 5)
    key = "" if columns.key is None else str(cells[columns.key])
    sure = None
    if columns.confidence is not None:
        sure = _number(where, number, "confidence", cells[columns.confidence], 1)
    return GradedRow(number, score, first, second, key, sure)


def _text(where: str, number: int, cell: object) -> str:
    if not isinstance(cell, str | None):
        raise DataFormatError(
            f"{where}, row {number}: {str(cell)[:40]!r} stands where a sentence should; expected "
            "text; choose another dataset"
        )
    return (cell or "").strip()


def _number(where: str, number: int, name: str, cell: object, most: int) -> float:
    if not isinstance(cell, int | float) or not 0 <= cell <= most:
        raise DataFormatError(
            f"{where}, row {number}: {name} is {cell!r}; expected a number from 0 to {most}"
            f"{' (or 0 to 1 in all rows)' if most > 1 else ''}; choose another dataset"
        )
    return float(cell)
