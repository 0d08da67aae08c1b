"""From a folder to the files of a suite: layouts are tried in order, nothing is guessed."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from isogloss.data.language_names import LANGUAGE_NAMES
from isogloss.data.text import plain_or_packed
from isogloss.errors import MissingFileError
from isogloss.tasks.suites.card import Layout, Subset, SuiteCard


def check_root(root: Path) -> None:
    """Refuse a data root that is not a folder.

    Raises:
        MissingFileError: it does not exist, or is a file.
    """
    if not root.is_dir():
        what = "is no folder" if root.exists() else "does not exist"
        raise MissingFileError(
            f"--data-root {str(root)!r} {what}; expected a folder of test sets; check the path"
            f" (current folder: {Path.cwd()}), or leave it out: a suite that is named is then read"
            " from the hub"
        )


def find_files(root: Path, layout: Layout, subset: Subset) -> tuple[Path, ...] | None:
    """The files of a test set.

    Args:
        root: the data root.
        layout: where files lie below it.
        subset: the set.

    Returns:
        The files in the order of the layout's names, `None` where no place has them all.
    """
    orders = [(subset.first, subset.second)]
    if layout.either_order:
        orders.append((subset.second, subset.first))
    for folder in layout.folders:
        for names in _fitting(layout, subset):
            for a, b in orders:
                filled = [_fill(f"{folder}/{name}", a, b, subset.track) for name in names]
                found = [plain_or_packed(root / name) for name in filled]
                whole = tuple(path for path in found if path is not None)
                if len(whole) == len(names):
                    return whole
    return None


def find_languages(root: Path, card: SuiteCard) -> tuple[Subset, ...]:
    """The monolingual sets of a crossed suite, those that it does not have as published last.

    A file of another language, row by row the same pairs, may lie beside the published ones.

    Args:
        root: the data root.
        card: a suite whose files hold one language each.

    Returns:
        The published sets, there or not, then the others whose files are there.
    """
    published = {subset.first for subset in card.subsets}
    others = [
        Subset(code, code, card.subsets[0].n, published=False)
        for code in LANGUAGE_NAMES
        if code not in published
    ]
    there = [subset for subset in others if find_files(root, card.layout, subset)]
    return (*card.subsets, *there)


def crossings(subsets: tuple[Subset, ...], *, only_with: str | None) -> Iterator[Subset]:
    """All ordered pairs of different languages.

    Args:
        subsets: monolingual sets.
        only_with: a language that one side must be; `None` for every pair.

    Yields:
        The crossings; a crossing is published if both of its languages are.
    """
    for first in subsets:
        for second in subsets:
            if first != second and only_with in (None, first.first, second.first):
                yield replace(
                    first,
                    second=second.first,
                    published=first.published and second.published,
                )


def _fitting(layout: Layout, subset: Subset) -> list[tuple[str, ...]]:
    """The names that may hold a set: where one language has names of its own, it uses these."""
    single = [names for names in layout.files if not any("{b}" in name for name in names)]
    double = [names for names in layout.files if names not in single]
    tracked = [n for n in double if subset.track or not any("{track}" in name for name in n)]
    return single if single and subset.monolingual else tracked


def _fill(template: str, a: str, b: str, track: str) -> str:
    return template.format(a=a, b=b, track=track).lstrip("/")
