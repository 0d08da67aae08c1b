"""Pairs that a visitor calls wrong, in files that `isogloss finetune --sts` reads."""

import threading
from pathlib import Path

from isogloss.data.graded.pairs import TOP_GRADE
from isogloss.errors import InputError
from isogloss.server.playground.sentences import Sentence
from isogloss.writing import writing

MAX_BYTES = 50 * 2**20
"""Of all files together; who reaches the page cannot fill the disk."""

_WRITING = threading.Lock()


def correct(folder: Path, first: Sentence, second: Sentence, grade: float) -> Path:
    """Add a pair with the grade that it should have.

    Args:
        folder: made where it is missing.
        first: a sentence.
        second: another.
        grade: from 0 (unrelated) to 5 (same meaning).

    Returns:
        The file, which is named by the languages: `de.tsv`, `de-en.tsv`; its grades are fractions,
        0 to 1, as which few rows, none of them high, are read as well.

    Raises:
        InputError: the grade is none, the folder is full, or the file has grades above 1.
        OutputFolderError: the file cannot be written.
    """
    if not 0 <= grade <= TOP_GRADE:
        raise InputError(f"the grade is {grade}; expected 0 to {TOP_GRADE:g}; choose another")
    codes = dict.fromkeys(sentence.language or "und" for sentence in (first, second))
    path = folder / f"{'-'.join(codes)}.tsv"
    cells = (f"{grade / TOP_GRADE:g}", *(" ".join(s.text.split()) for s in (first, second)))
    with _WRITING, writing(f"--feedback {str(folder)!r}"):
        folder.mkdir(parents=True, exist_ok=True)
        if sum(file.stat().st_size for file in folder.glob("*.tsv")) > MAX_BYTES:
            raise InputError(
                f"the pairs in {folder} have more than {MAX_BYTES} bytes; expected fewer: move "
                "them away"
            )
        if path.exists() and _above_one(path):
            raise InputError(
                f"{path} has grades above 1, on the scale 0-5 of isogloss 0.1.0; expected 0 to 1: "
                "move it away"
            )
        with path.open("a", encoding="utf-8", newline="\n") as stream:
            stream.write("\t".join(cells) + "\n")
    return path


def _above_one(path: Path) -> bool:
    """Whether a file has a grade of another scale than 0-1."""
    with path.open(encoding="utf-8", errors="replace") as lines:
        cells = (line.partition("\t")[0] for line in lines)
        return any(cell.replace(".", "", 1).isdecimal() and float(cell) > 1 for cell in cells)
