"""The rows of a study: what each is called, and the model or the student that it stands for."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from isogloss.data.where import Where, parse_where
from isogloss.encoders.opening import parse_model
from isogloss.errors import InputError
from isogloss.recipes.distill_recipe import DistillRecipe
from isogloss.recipes.reproduce_recipe import ReproduceRecipe
from isogloss.recipes.studies import Study

ALL = "all pairs"
TEACHER = "teacher"

_ENDINGS = re.compile(r"\.(?:gz|xz|tsv|tab|tmx|jsonl?|ndjson|parquet|txt)$", re.IGNORECASE)


@dataclass(frozen=True)
class Cell:
    """A row of a study.

    Attributes:
        label: what tables call it.
        folder: where it is made and scored.
        model: folder or name of a finished model; empty where a student is trained.
        recipe: how the student is trained; None for a finished model.
        optional: it is left out, with a note, where it cannot be had.
    """

    label: str
    folder: Path
    model: str = ""
    recipe: DistillRecipe | None = None
    optional: bool = False


def plan_cells(recipe: ReproduceRecipe, study: Study) -> list[Cell]:
    """The rows of a study, the teacher first.

    Args:
        recipe: the study's recipe.
        study: the study.

    Raises:
        InputError: there is nothing to compare.
    """
    cells = []
    if recipe.teacher:
        cells.append(_model(recipe, TEACHER, recipe.teacher))
    published = {} if recipe.models else study.models
    cells += [
        replace(_model(recipe, label, name), optional=True) for label, name in published.items()
    ]
    cells += [_model(recipe, parse_model(name).short, name) for name in recipe.models]
    if recipe.distill is not None:
        cells += _amounts(recipe) if study.varies == "amount" else _kinds(recipe)
    labels = [cell.label for cell in cells]
    twice = sorted({label for label in labels if labels.count(label) > 1})
    if twice:
        raise InputError(
            f"two rows would be called {twice[0]!r}; expected names that differ in their last"
            " part; rename a folder"
        )
    return cells


def _model(recipe: ReproduceRecipe, label: str, model: str) -> Cell:
    return Cell(label, _place(recipe, label), model=model)


def _amounts(recipe: ReproduceRecipe) -> list[Cell]:
    """A student per amount of pairs, and one of all."""
    sizes: tuple[int | None, ...] = (*recipe.sizes, None)
    return [_student(recipe, f"{size:,} pairs" if size else ALL, max_pairs=size) for size in sizes]


def _kinds(recipe: ReproduceRecipe) -> list[Cell]:
    """A student per kind of pairs, in all their languages, and one of all."""
    groups: dict[str, list[str]] = {}
    pairs = recipe.distill.pairs if recipe.distill else ()
    for text in pairs:
        groups.setdefault(kind_of(parse_where(text)), []).append(text)
    if len(groups) < 2:
        raise InputError(
            f"{recipe.study} compares kinds of pairs and {next(iter(groups), 'none')} alone was"
            " given; expected at least two; add --pairs LANGS=WHERE, a file per kind"
        )
    return [
        *(_student(recipe, kind, pairs=places) for kind, places in groups.items()),
        _student(recipe, ALL),
    ]


def kind_of(where: Where) -> str:
    """What the pairs of a place are called, without the languages.

    Example:
        `en-de=europarl.en-de.tsv.gz` and `en-de=europarl/en-de.tsv.gz` are both `europarl`.
    """
    first = where.locations[0]
    if where.kind == "hf":
        named = where.config if where.config and not _says_languages(where.config, where) else ""
        return f"{Path(first).name} {named}".strip()
    name = Path(first).name
    while _ENDINGS.search(name):
        name = _ENDINGS.sub("", name)
    words = [word for word in re.split(r"[._]", name) if not _says_languages(word, where)]
    return "_".join(words) or Path(first).resolve().parent.name


def _says_languages(word: str, where: Where) -> bool:
    codes = {code.partition("-")[0] for code in where.languages}
    return bool(word) and {part.casefold() for part in word.split("-")[:2]} <= codes


def _student(
    recipe: ReproduceRecipe,
    label: str,
    *,
    pairs: Sequence[str] = (),
    max_pairs: int | None = None,
) -> Cell:
    assert recipe.distill is not None
    place = _place(recipe, label)
    student = replace(
        recipe.distill,
        out=str(place / "student"),
        pairs=tuple(pairs) or recipe.distill.pairs,
        tasks=recipe.tasks,
        max_pairs=max_pairs or recipe.distill.max_pairs,
    )
    return Cell(label, place, recipe=student)


def _place(recipe: ReproduceRecipe, label: str) -> Path:
    name = re.sub(r"[^\w.-]+", "-", label.replace(",", "")).strip("-")
    return Path(recipe.out) / "cells" / name
