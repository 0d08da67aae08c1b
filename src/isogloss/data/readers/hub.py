"""Datasets of the Hugging Face hub, or local folders of one, streamed; their code is never run."""

import logging
import lzma
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

from isogloss.data.fetched import hub_copy
from isogloss.data.languages import LanguagePair, pair_in_name
from isogloss.data.places import Where
from isogloss.data.readers.pair import RawPair
from isogloss.data.readers.records import choose_columns, pairs_of_rows
from isogloss.data.rejects import RejectFile
from isogloss.errors import DataFormatError
from isogloss.hub import transport_errors

T = TypeVar("T")


def read_hub(where: Where, rejects: RejectFile) -> Iterator[RawPair]:
    """Stream one split of a dataset.

    Without a configuration named, one that is called like the languages (`en-uk`, `uk-en`,
    `eng-ukr`) is taken, or the default one. Without a split named, `train`, or the only one.
    A copy that was fetched (`isogloss data fetch`) is read in place of the hub.

    Args:
        where: name or folder, configuration, split and columns.
        rejects: told of rows with a side that is null or not text.

    Yields:
        Pairs numbered by row, from 1.

    Raises:
        DataFormatError: the dataset is not found or cannot be reached, or configuration, split or
            columns cannot be told.
    """
    with quiet_datasets():
        rows = _rows(where)
        first = _guarded(lambda: next(rows, None), where)
        if first is None:
            return
        columns = choose_columns(first, where)
        left = _guarded_rows(chain([first], rows), where)
        yield from pairs_of_rows(left, columns, rejects, where.weight)


def _rows(where: Where) -> Iterator[Mapping[str, object]]:
    import datasets

    copy = None
    if not Path(where.locations[0]).is_dir():
        copy = hub_copy(where.locations[0], where.config, where.languages)
    if copy is not None:
        where = replace(where, locations=(str(copy),))
    name = where.locations[0]
    config = where.config or _config(where)
    splits: Mapping[str, Any] = _guarded(
        lambda: datasets.load_dataset(name, config, streaming=True), where
    )
    split = where.split or ("train" if "train" in splits or len(splits) > 1 else next(iter(splits)))
    if split not in splits:
        raise DataFormatError(
            f"{where.text}: no split {split!r}; it has {_listed(list(splits))}; add '#SPLIT'"
        )
    return iter(splits[split])


def _config(where: Where) -> str | None:
    """The configuration for these languages, in either order; None leaves it to the dataset."""
    import datasets

    names: list[str] = _guarded(
        lambda: datasets.get_dataset_config_names(where.locations[0]), where
    )
    if len(names) == 1:
        return None
    wanted = (where.languages, LanguagePair(where.languages.target, where.languages.source))
    pairs = {name: pair_in_name(name) for name in names}
    for languages in wanted:
        for name, pair in pairs.items():
            if pair == languages:
                return name
    if "default" in names:
        return None
    raise DataFormatError(
        f"{where.text}: no configuration for {where.languages}; it has {_listed(names)}; "
        f"name one: 'hf:{where.locations[0]}:CONFIGURATION'"
    )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names[:12])) + (
        f" and {len(names) - 12} more" if len(names) > 12 else ""
    )


def _guarded_rows(
    rows: Iterator[Mapping[str, object]], where: Where
) -> Iterator[Mapping[str, object]]:
    while (row := _guarded(lambda: next(rows, None), where)) is not None:
        yield row


def _guarded(action: Callable[[], T], where: Where) -> T:
    here = Path(where.locations[0]).is_dir()
    way_out = (
        "check the files in the folder"
        if here
        else "check the name, the network and your access to it"
    )
    return guarded(action, where.text, way_out)


def guarded(action: Callable[[], T], what: str, way_out: str) -> T:
    """Run a call into `datasets`; what goes wrong there becomes one line for the user.

    Args:
        action: the call.
        what: the dataset, as the user wrote it.
        way_out: what the user can do.

    Raises:
        DataFormatError: the dataset is not found, or cannot be reached or read.
    """
    try:
        return action()
    except _faults() as error:
        told = error.__cause__ or error  # "an error occurred" says less than its cause
        detail = str(told).partition("\n")[0] or type(told).__name__
        if isinstance(error, StopIteration):
            detail = "a file of it is empty"
        raise DataFormatError(
            f"{what}: the dataset cannot be read ({detail}); {way_out}"
        ) from error


@lru_cache(maxsize=1)
def _faults() -> tuple[type[BaseException], ...]:
    """What the library and those below it raise for files and connections that are not in order."""
    import datasets
    import pyarrow as pa

    unpacking = (EOFError, zlib.error, lzma.LZMAError)
    reading = (ValueError, TypeError, LookupError, NotImplementedError, StopIteration)
    return (
        OSError,
        *transport_errors(),
        *unpacking,
        *reading,
        pa.ArrowException,
        datasets.exceptions.DatasetsError,
    )


@contextmanager
def quiet_datasets() -> Iterator[None]:
    """Keep the library from logging the faults that `guarded` tells."""
    logger = logging.getLogger("datasets")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)
