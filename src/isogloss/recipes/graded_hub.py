"""Graded pairs from a dataset of the Hugging Face hub, or a local folder of one."""

import re
from pathlib import Path
from typing import Any

from isogloss.data.readers.hub import guarded
from isogloss.errors import DataFormatError
from isogloss.tasks.sts_file import GradedRow, find_columns

_PLACE = re.compile(r"hf:(?P<name>[^:#]+)(?::(?P<config>[^#]+))?(?:#(?P<split>.+))?")


def is_hub_place(where: str) -> bool:
    """Whether a place is one of the hub: `hf:NAME[:CONFIG][#SPLIT]`."""
    return where.startswith("hf:")


def is_local(where: str) -> bool:
    """Whether such a place is a folder of this machine, and no dataset of the hub."""
    found = _PLACE.fullmatch(where)
    return found is not None and Path(found["name"]).is_dir()


def read_hub_rows(where: str) -> list[GradedRow]:
    """Read one split of a dataset whose columns are called as in STS files with a header.

    Args:
        where: such as `hf:PhilipMay/stsb_multi_mt:de#dev`; `train` where no split is named.

    Raises:
        DataFormatError: the place has another form, the dataset cannot be read, it lacks columns,
            or a score is no number from 0 to 5.
    """
    import datasets

    found = _PLACE.fullmatch(where)
    if found is None:
        raise DataFormatError(
            f"{where!r} is no dataset; expected hf:NAME[:CONFIG][#SPLIT]; correct the place"
        )
    name, config, split = found["name"], found["config"], found["split"] or "train"
    way_out = "check the files"
    if not is_local(where):
        way_out = "check the name, the network and your access to it"
    table: Any = guarded(lambda: datasets.load_dataset(name, config, split=split), where, way_out)
    columns = find_columns(table.column_names)
    if columns is None:
        raise DataFormatError(
            f"{where} has the columns {', '.join(table.column_names)}; expected score, sentence1 "
            "and sentence2; choose another dataset, or save it as a file with these"
        )
    return [_row(where, number, row, columns) for number, row in enumerate(_cells(table), start=1)]


def _cells(table: Any) -> Any:
    return zip(*(table[name] for name in table.column_names), strict=True)


def _row(where: str, number: int, cells: Any, columns: Any) -> GradedRow:
    score = cells[columns.score]
    if not isinstance(score, int | float) or not 0 <= score <= 5:
        raise DataFormatError(
            f"{where}, row {number}: score is {score!r}; expected a number from 0 to 5 (or 0 to 1 "
            "in all rows); choose another dataset"
        )
    first, second = (str(cells[at] or "").strip() for at in (columns.first, columns.second))
    key = "" if columns.key is None else str(cells[columns.key])
    sure = None if columns.confidence is None else float(cells[columns.confidence])
    return GradedRow(number, float(score), first, second, key, sure)
