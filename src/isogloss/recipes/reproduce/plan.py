"""The rows of a study: what each is called, and the model or the student that it stands for."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from isogloss.data.places import Where, parse_where
from isogloss.data.places.named import named_among
from isogloss.encoders.opening import short_names
from isogloss.errors import InputError
from isogloss.recipes.distill.recipe import DistillRecipe
from isogloss.recipes.reproduce.recipe import SIZES, ReproduceRecipe
from isogloss.recipes.reproduce.studies import Study
from isogloss.reports.results import TEACHER

ALL = "all pairs"

_ENDINGS = re.compile(r"\.(?:gz|xz|tsv|tab|tmx|jsonl?|ndjson|parquet|txt)$", re.IGNORECASE)


@dataclass(frozen=True)
class StudyRow:
    """A row of a study.

    Attributes:
        label: what tables call it.
        folder: where it is made and scored.
        model: folder or name of a finished model; empty where a student is trained.
        recipe: how the student is trained; None for a finished model.
        optional: it is left out, with a note, where it cannot be had.
        is_teacher: it is the teacher of the study.
    """

    label: str
    folder: Path
    model: str = ""
    recipe: DistillRecipe | None = None
    optional: bool = False
    is_teacher: bool = False


def plan_rows(recipe: ReproduceRecipe, study: Study) -> list[StudyRow]:
    """The rows of a study, the teacher first.

    Args:
        recipe: the study's recipe.
        study: the study.

    Raises:
        InputError: there is nothing to compare, or two rows cannot be told apart.
    """
    rows = []
    if recipe.teacher:
        rows.append(replace(_model(recipe, TEACHER, recipe.teacher), is_teacher=True))
    if recipe.published or (recipe.published is None and not recipe.models):
        rows += [
            replace(_model(recipe, label, name), optional=True)
            for label, name in study.models.items()
        ]
    rows += [_model(recipe, label, name) for label, name in short_names(recipe.models).items()]
    if recipe.distill is not None:
        rows += _sizes(recipe) if study.varies == "sizes" else _corpora(recipe)
    places = [str(row.folder).casefold() for row in rows]
    for row, place in zip(rows, places, strict=True):
        if places.count(place) > 1:
            raise InputError(
                f"two rows would be called {row.label!r}, or nearly so; expected names that differ"
                " in letters or digits; rename a file or folder"
            )
    return rows


def _model(recipe: ReproduceRecipe, label: str, model: str) -> StudyRow:
    return StudyRow(label, _place(recipe, label), model=model)


def _sizes(recipe: ReproduceRecipe) -> list[StudyRow]:
    """A student per number of pairs, and one of all."""
    places = recipe.distill.pairs if recipe.distill else ()
    each = " each" if len(places) > 1 else ""
    sizes = SIZES if recipe.sizes is None else recipe.sizes
    students = [_student(recipe, f"{size:,} pairs{each}", max_pairs=size) for size in sizes]
    return [*students, _student(recipe, ALL)]


def _corpora(recipe: ReproduceRecipe) -> list[StudyRow]:
    """A student per corpus, in all its languages, and one of all."""
    corpora: dict[str, list[str]] = {}
    for text in recipe.distill.pairs if recipe.distill else ():
        corpora.setdefault(corpus_of(parse_where(text)), []).append(text)
    if len(corpora) < 2:
        raise InputError(
            f"{recipe.study} compares corpora and {next(iter(corpora), 'none')} alone was given;"
            " expected at least two; add --pairs LANGS=WHERE, a file per corpus"
        )
    students = [_student(recipe, corpus, pairs=places) for corpus, places in corpora.items()]
    return [*students, _student(recipe, ALL)]


def corpus_of(where: Where) -> str:
    """What the pairs of a place are called, without their languages.

    Example:
        `en-de=europarl.en-de.tsv.gz` and `en-de=europarl/en-de.tsv.gz` are both `europarl`.
    """
    first = where.locations[0]
    if where.kind == "hf":
        named = _without_languages(where.config or "", where)
        return f"{Path(first).name} {named}".strip()
    name = Path(first).name
    while _ENDINGS.search(name):
        name = _ENDINGS.sub("", name)
    return _without_languages(name, where) or Path(first).resolve().parent.name


def _without_languages(name: str, where: Where) -> str:
    """A name without the pair of languages in it, or the first language at its end."""
    a, b = (code.partition("-")[0] for code in where.languages)
    both = rf"(?:^|[._-])(?:{a}[-_]{b}|{b}[-_]{a})(?=$|[._-])"
    name = re.sub(both, "", name, flags=re.IGNORECASE)
    return re.sub(rf"[._-]{a}$", "", name, flags=re.IGNORECASE).strip("._-")


def _student(
    recipe: ReproduceRecipe,
    label: str,
    *,
    pairs: Sequence[str] = (),
    max_pairs: int | None = None,
) -> StudyRow:
    assert recipe.distill is not None
    place, places = _place(recipe, label), tuple(pairs) or recipe.distill.pairs
    training, most = recipe.distill.training, max_pairs or recipe.distill.max_pairs
    student = replace(
        recipe.distill,
        out=str(place / "student"),
        pairs=places,
        tasks=recipe.tasks,
        max_pairs=named_among(places, most) if isinstance(most, dict) else most,
        training=replace(training, corpus_weights=named_among(places, training.corpus_weights)),
    )
    return StudyRow(label, place, recipe=student)


def _place(recipe: ReproduceRecipe, label: str) -> Path:
    name = re.sub(r"[^\w.-]+", "-", label.replace(",", "")).strip("-.")
    return Path(recipe.out) / "rows" / name
