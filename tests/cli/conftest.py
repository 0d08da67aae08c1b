"""The command line in process: what it prints, and how it ends."""

import logging
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from isogloss.cli.app import main
from isogloss.samples import read_rows


@dataclass(frozen=True)
class Outcome:
    """How a command line ended.

    Attributes:
        status: the exit status.
        out: what went to stdout.
        errors: the lines of stderr.
    """

    status: int
    out: str
    errors: list[str]


@pytest.fixture(scope="session", autouse=True)
def no_bars() -> None:
    """In a process of its own the command line turns them off before it loads the libraries."""
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()


@pytest.fixture(autouse=True)
def level_as_before() -> Iterator[None]:
    """The command line sets the level of the package's logger; later tests read what it logs."""
    yield
    logging.getLogger("isogloss").setLevel(logging.NOTSET)


@pytest.fixture
def isogloss(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., Outcome]:
    """Runs `isogloss` with some words."""

    def run(*words: object) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["isogloss", *map(str, words)])
        capfd.readouterr()
        status = main()
        out, err = capfd.readouterr()
        return Outcome(status, out, err.splitlines())

    return run


@pytest.fixture(scope="session")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small corpus that is in order."""
    path = tmp_path_factory.mktemp("pairs") / "corpus.tsv"
    rows = read_rows("train")[:250]
    text = "".join(f"{row['en']}\t{row['de']}\n" for row in rows)
    path.write_text(text, encoding="utf-8")
    return path
