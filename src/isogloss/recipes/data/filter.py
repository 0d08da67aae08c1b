"""Drop pairs that a model finds to be no translations, with an account of every row.

models -> the student, and the teacher for the source if one is named
places -> each judged by `basic`, `copied` and `agreement`, see `isogloss.recipes.data.judging`
report -> what was dropped, and what scores are worth
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from isogloss.console import Console
from isogloss.corpora.fetch import content_hashes
from isogloss.corpora.filters import Filtering, Making
from isogloss.encoders.encoder import SentenceEncoder
from isogloss.encoders.opening import check_model, open_encoder
from isogloss.paths import given_path
from isogloss.protocols import BITEXT_MINING, Encoder, model_fingerprint, prompt_of
from isogloss.recipes.data.agreement import NAME, Agreement, Threshold
from isogloss.recipes.data.judging import Judging, judge_places, look_at_places, places_to_judge
from isogloss.recipes.data.recipe import FilterRecipe
from isogloss.recipes.taught import as_taught
from isogloss.reports.write import write_report
from isogloss.runs.descriptions import ModelDescription
from isogloss.runs.folder import settle_recipe
from isogloss.runs.lifecycle import open_run
from isogloss.runs.record import CleanRecord, write_record

FILTERS = ("basic", "copied", NAME)
"""What judges, in order: a copy of the source is as near to it as can be."""

HOW = ("filtering", 4_096)
"""A word for the console; rows that are embedded at a time, and that a crash can cost."""


@dataclass(frozen=True)
class FilterRun:
    """A finished filtering.

    Attributes:
        folder: where it wrote.
        record: the content of `run.json`.
        files: the pairs that were kept, by languages.
    """

    folder: Path
    record: CleanRecord
    files: Mapping[str, Path]


def filter_pairs(
    recipe: FilterRecipe,
    *,
    resume: bool = False,
    overwrite: bool = False,
    console: Console | None = None,
) -> FilterRun:
    """Drop pairs that a model finds to be no translations.

    Args:
        recipe: what to filter, by which model, and how.
        resume: go on with what an interrupted run left in the folder.
        overwrite: throw away what the folder holds.
        console: told about the stages; None is silent.

    Returns:
        The account, and where the pairs lie that were kept.

    Raises:
        InputError: a place cannot be read twice; nothing tells what a score is worth; the model
            gives vectors that are not finite; the run to go on with had other models or data.
        ModelNotFoundError: nothing has the model's name.
        ModelShapeError: student and teacher differ in width.
        DataFormatError: no pair is left.
        IsoglossError: see `open_run` and `parse_where`.
    """
    places = places_to_judge(recipe.pairs)
    names = list(dict.fromkeys([recipe.model, recipe.teacher or recipe.model]))
    for name in names:
        check_model(name)
    with open_run(recipe.out, console, resume=resume, overwrite=overwrite) as run:
        with run.preparing():
            look_at_places(places, run.console)
            models = {name: _open(name, recipe) for name in names}
            known = {f"model {name}": model.fingerprint for name, model in models.items()}
            settle_recipe(run.folder, recipe.fingerprint(), content_hashes(places) | known)
        made: list[Agreement] = []
        judged = judge_places(Judging(places, FILTERS, _making(recipe, models, made), *HOW), run)
        told = [
            part.model_copy(update={"scored": each.told})
            for part, each in zip(judged.data, made, strict=True)
        ]
        record = CleanRecord(
            command="data filter",
            recipe=asdict(recipe),
            data=told,
            models={name: _described(name, model) for name, model in models.items()},
            **run.measured(),
        )
        write_record(run.folder, record)
        write_report(run.folder)
        run.finish()
    return FilterRun(run.folder, record, judged.files)


def _open(name: str, recipe: FilterRecipe) -> Encoder:
    """A model; the teacher with the prompt that it taught the other with, if that one's run tells
    and the recipe has none."""
    model = open_encoder(name, recipe.prompt)
    is_teacher = name == recipe.teacher and recipe.prompt is None
    if not is_teacher or not isinstance(model, SentenceEncoder):
        return model
    way_out = "--prompt sets one for both models"
    return as_taught(model, given_path(recipe.model), way_out, BITEXT_MINING)


def _making(recipe: FilterRecipe, models: Mapping[str, Encoder], made: list[Agreement]) -> Making:
    """What the filters are made of; the list gets the one that each place has."""

    def agreement() -> Agreement:
        made.append(
            Agreement(
                models[recipe.teacher or recipe.model],
                models[recipe.model],
                recipe.margin,
                recipe.k,
                Threshold(recipe.min_score, recipe.keep),
                recipe.weights,
                recipe.lengths,
            )
        )
        return made[-1]

    cleaning = replace(recipe.cleaning, drop_duplicates=False)
    filtering, weigh = Filtering(copied=recipe.copied), NAME if recipe.weights else None
    return Making(cleaning, filtering, last={NAME: agreement}, weigh=weigh)


def _described(name: str, model: Encoder) -> ModelDescription:
    return ModelDescription(
        name=name,
        fingerprint=model_fingerprint(model),
        identity=model.fingerprint,
        dim=model.dim,
        prompt=prompt_of(model, BITEXT_MINING),
    )
