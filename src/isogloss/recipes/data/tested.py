"""The sentences of evaluation sets: of suites under a folder, and of any file."""

import logging
from collections.abc import Sequence
from pathlib import Path

from isogloss.data.places import find_locations
from isogloss.data.text import plain_suffix, read_lines
from isogloss.errors import InputError, MissingFileError
from isogloss.paths import given_path
from isogloss.tasks.suites import SUITES
from isogloss.tasks.suites.load import check_suites, load_suites
from isogloss.tasks.suites.places import check_root

logger = logging.getLogger(__name__)

NOT_LINES = {".jsonl", ".json", ".csv", ".parquet", ".xlsx", ".tmx", ".xml"}
"""Kinds of files whose lines are not sentences."""

MIN_LETTERS = 2
"""Letters of a cell that is a sentence; ids and scores have fewer."""


def tested_sentences(
    suites: Sequence[str], data_root: Path | str | None, files: Sequence[str] = ()
) -> dict[str, set[str]]:
    """The sentences that must not be learned, by the name of their set.

    Args:
        suites: names of suites; none with a folder: all of which it has data.
        data_root: folder with their data; None with names reads the hub.
        files: further files; every cell of a line counts.

    Raises:
        IsoglossError: see `load_suites`; a file is missing or not UTF-8.
        InputError: a file has no lines of text.
    """
    found: dict[str, set[str]] = {}
    check_suites(suites)
    if data_root is not None:
        check_root(given_path(data_root))
    for name in suites or (SUITES if data_root is not None else ()):
        try:
            loaded = load_suites([name], data_root=data_root)
        except MissingFileError as error:
            if suites:
                raise
            logger.info("%s", error)
            continue
        texts = {text for suite in loaded for task in suite.tasks for text in task.texts()}
        found[name] = texts
    for file in files:
        for path in find_locations(file, f"--keep-out {file}"):
            if (kind := plain_suffix(Path(path))) in NOT_LINES:
                raise InputError(
                    f"--keep-out {path} is of the kind {kind}, whose lines are no sentences; "
                    "expected a sentence a line, or cells with tabs between them: write it so"
                )
            found[path] = set(cells(read_lines(Path(path))))
    return found


def cells(lines: Sequence[str]) -> list[str]:
    """Every cell that holds words."""
    every = (cell.strip() for line in lines for cell in line.split("\t"))
    return [cell for cell in every if sum(map(str.isalpha, cell)) >= MIN_LETTERS]
