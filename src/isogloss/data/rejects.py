"""What was left out and why: counted always, written to a side file where one is wanted."""

from collections import Counter
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from isogloss.writing import writing

_LONGEST_TEXT = 2000
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": "\\0"})


class Reason(StrEnum):
    """Why a row is not among the pairs: the readers' reasons, the cleaning's, the filters', and the
    run's."""

    NOT_UTF8 = "not UTF-8"
    FEW_COLUMNS = "too few columns"
    NOT_JSON = "not a JSON object"
    NO_SIDE = "a side is missing"
    NOT_TEXT = "a side is not text"
    ENTITY = "undefined entity"
    WEIGHT = "no weight above 0"

    NUL = "NUL character"
    SURROGATE = "lone surrogate"
    EMPTY = "empty"
    SHORT = "too short"
    LONG = "too long"
    IDENTICAL = "source equals target"
    RATIO = "length ratio"
    DUPLICATE = "duplicate"

    SCRIPT = "wrong script"
    LANGUAGE = "wrong language"
    MARKUP = "markup"
    COPIED = "not translated"
    NUMBERS = "numbers differ"
    ADDRESSES = "addresses differ"
    CUT = "cut short"
    LENGTH = "unlikely length"
    ENDINGS = "other kind of sentence"
    WORDS = "words do not belong together"
    TESTED = "in an evaluation set"
    NEAR = "near duplicate"
    MISALIGNED = "not a translation"
    UNSURE = "unsure translation"

    REPEATED = "in an earlier place"
    BEYOND = "beyond max_pairs"


class RejectFile:
    """Counts rejects by reason and writes them as `number TAB reason TAB text`, one line each.

    The file is made at the first reject. If there is none, a file of that name from an earlier run
    is removed: it would speak of other data. Tabs, line ends and backslashes inside the text are
    escaped, so lines and columns hold.

    Args:
        path: the file to write (UTF-8); None counts only.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._handle: TextIO | None = None
        self._counts: Counter[Reason] = Counter()
        self._first: dict[Reason, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._handle is not None:
            handle, self._handle = self._handle, None
            with writing(f"reject file {self._path}"):
                handle.close()
        elif kind is None and self._path is not None and not self._counts:
            self._path.unlink(missing_ok=True)

    def add(self, number: int, reason: Reason, text: str, detail: str = "") -> None:
        """Record one reject.

        Args:
            number: where it stands: line, translation unit or row, counted from 1.
            reason: why.
            text: what was there; cut at 2,000 characters.
            detail: what was seen, written behind the reason.

        Raises:
            OutputFolderError: the file cannot be written.
        """
        self._counts[reason] += 1
        self._first.setdefault(reason, number)
        if self._path is None:
            return
        shown = text if len(text) <= _LONGEST_TEXT else text[:_LONGEST_TEXT] + "…"
        told = f": {detail}".translate(_ESCAPES) if detail else ""
        with writing(f"reject file {self._path}"):
            if self._handle is None:
                self._handle = self._open(self._path)
            self._handle.write(f"{number}\t{reason}{told}\t{shown.translate(_ESCAPES)}\n")

    @staticmethod
    def _open(path: Path) -> TextIO:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("w", encoding="utf-8", errors="backslashreplace", newline="\n")

    @property
    def counts(self) -> dict[str, int]:
        """Rejects by reason, in the order of `Reason`; reasons that never occurred are left out."""
        return {str(reason): self._counts[reason] for reason in Reason if self._counts[reason]}

    @property
    def examples(self) -> dict[str, int]:
        """The number of the first reject of every reason."""
        return {str(reason): number for reason, number in self._first.items()}
