"""Test sets from files below a folder; the hub is not asked."""

from collections.abc import Sequence
from pathlib import Path

from isogloss.data.graded.reader import GradedRow, read_graded_rows
from isogloss.data.languages import LanguagePair, canonical_language
from isogloss.data.text import read_lines
from isogloss.errors import DataFormatError
from isogloss.tasks.readers.bitext import read_bitext
from isogloss.tasks.readers.bucc import read_bucc
from isogloss.tasks.suites.card import Beside, Subset, SuiteCard
from isogloss.tasks.suites.places import find_files
from isogloss.tasks.suites.sets import FoundSets, MiningSets, Rows, read_sets


def read_folder(root: Path, card: SuiteCard, subsets: Sequence[Subset]) -> FoundSets:
    """Read the sets of a suite from files.

    Args:
        root: the data root; it exists.
        card: the suite.
        subsets: its sets that are wanted.

    Returns:
        What was found, and what is missing.

    Raises:
        DataFormatError: a file does not hold what the suite requires.
    """
    own = any(find_files(root, card.layout, subset) for subset in subsets)
    places = [Beside(card.name, card.layout, "")] if own else card.beside
    used: dict[Beside, list[str]] = {}

    def read(subset: Subset) -> Rows | None:
        for place in places:
            paths = find_files(root, place.layout, subset)
            if paths is not None:
                used.setdefault(place, []).append(subset.languages)
                return _read(card, subset, paths, place.name)
        return None

    found = read_sets(card, subsets, read)
    found.notes += [
        f"{card.name}: its own data were not found; {', '.join(sets)}: {place.note} ({place.name})"
        for place, sets in used.items()
        if place.name != card.name
    ]
    return found


def _read(card: SuiteCard, subset: Subset, paths: tuple[Path, ...], name: str) -> Rows:
    if card.kind == "bitext":
        codes = (canonical_language(code) for code in (subset.first, subset.second))
        return read_bitext(*paths, languages=LanguagePair(*codes))
    if card.kind == "bucc":
        train = read_bucc(*paths[3:]) if paths[3:] else None
        return MiningSets(read_bucc(*paths[:3]), train, name)
    if len(paths) == 2:
        return _read_with_gold(*paths)
    return read_graded_rows(paths[0])


def _read_with_gold(sentences: Path, gold: Path) -> list[GradedRow]:
    """SemEval's own two files: two sentences per line, and a grade per line."""
    pairs, grades = read_lines(sentences), read_lines(gold)
    while grades and not grades[-1].strip():
        grades.pop()
    if len(pairs) != len(grades):
        raise DataFormatError(
            f"{sentences} has {len(pairs)} lines and {gold} has {len(grades)}; expected a grade"
            " per line; take both files from one download"
        )
    rows = []
    for number, (pair, grade) in enumerate(zip(pairs, grades, strict=True), start=1):
        cells = [cell.strip() for cell in pair.split("\t")]
        try:
            score = float(grade)
        except ValueError:
            score = -1.0
        if len(cells) < 2 or not 0 <= score <= 5:
            raise DataFormatError(
                f"{sentences}, line {number}: {len(cells)} columns and the grade {grade!r};"
                f" expected two sentences, and a grade from 0 to 5 in {gold}; correct this line"
            )
        rows.append(GradedRow(number, score, cells[0], cells[1]))
    return rows
