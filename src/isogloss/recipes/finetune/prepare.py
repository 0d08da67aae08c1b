"""What a fine-tuning starts from: the model, the data, and the targets of the anchors."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from isogloss.corpora.fetch import fetch_missing
from isogloss.data.languages import canonical_language
from isogloss.data.places import parse_graded, parse_where
from isogloss.encoders.checks.files import check_files
from isogloss.encoders.encoder import SentenceEncoder, load_encoder
from isogloss.encoders.names import find_model, fingerprint_model
from isogloss.encoders.tokens import check_body, is_static, tokenize
from isogloss.errors import InputError, ModelShapeError
from isogloss.protocols import STS
from isogloss.recipes.finetune.data import FinetuneData, gather_data
from isogloss.recipes.finetune.recipe import FinetuneRecipe
from isogloss.recipes.taught import as_taught
from isogloss.runs.lifecycle import RunLog
from isogloss.runs.record import TrainingRecord, find_record
from isogloss.students.adapt import refuse_code, refuse_decoders
from isogloss.tasks import Task
from isogloss.training.finetune.settings import FinetuneSettings
from isogloss.training.run_settings import check_tracker
from isogloss.vectors.store import Targets, open_store

logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Prepared:
    """What a fine-tuning starts from.

    Attributes:
        model: before training; it is trained in place.
        data: what it is trained on, and scored on.
        pivot: the language that others are crossed and compared with.
        targets: the vector that each anchor is held to.
        teacher_prompt: text that the teacher puts before every sentence; None: its own prompts.
    """

    model: SentenceEncoder
    data: FinetuneData
    pivot: str
    targets: Targets
    teacher_prompt: str | None = None


def check_names(recipe: FinetuneRecipe) -> None:
    """Look up what a recipe names, before any work: its models, and its tracker.

    Raises:
        ModelNotFoundError: nothing has the name of model or teacher, or a file of theirs is missing
            or damaged.
        MissingExtraError: the tracker is not installed.
    """
    for model in filter(None, (recipe.model, recipe.teacher)):
        check_files(find_model(model))
    check_tracker(recipe.training)


def model_fingerprints(recipe: FinetuneRecipe) -> dict[str, str]:
    """Hashes of the files of model and teacher, by the option that named them."""
    named = (("--model", recipe.model), ("--teacher", recipe.teacher))
    return {option: fingerprint_model(find_model(name)) for option, name in named if name}


def load_start(recipe: FinetuneRecipe, *, fast: bool = False) -> SentenceEncoder:
    """The model that a fine-tuning starts from.

    Args:
        recipe: of the run.
        fast: see `isogloss.encoders.fast`, for reading alone.

    Raises:
        ModelNotFoundError: nothing has its name, or a file of it is missing or damaged.
        ModelShapeError: it is no encoder, or its tokenizer has no fast version.
        InputError: it brings code of its own, or its tokens stay and have a rate.
    """
    folder = find_model(recipe.model)
    refuse_code(folder, recipe.model)
    precision, pooling = recipe.training.precision, recipe.pooling
    start = load_encoder(folder, precision=precision, pooling=pooling, fast=fast)
    start.name = recipe.model
    check_body(start.model, recipe.model)
    if not is_static(start.model):
        refuse_decoders(start.model, recipe.model, whole=(folder / "modules.json").is_file())
        _check_token_rate(recipe.training)
    tokenize(start.model, ["probe"])
    return start


def _check_token_rate(settings: FinetuneSettings) -> None:
    """Refuse a rate of token embeddings that stay; those of a static model always learn."""
    if settings.frozen_tokens and settings.token_learning_rate:
        raise InputError(
            f"training.token_learning_rate is {settings.token_learning_rate:g} and "
            "training.frozen_tokens is true; expected a rate for token embeddings that learn: set "
            "training.frozen_tokens=false and training.frozen_lower_layers=0, or no rate"
        )


def note_prompts(model: SentenceEncoder) -> None:
    """Say that a model is fine-tuned on bare sentences, though it has prompts for others."""
    if model.prompts and not model.prompt_for(STS):
        logger.warning(
            "%s is fine-tuned on sentences without a prompt: it has prompts (%s), and none of them "
            "is for STS or its default; to train with one, name it as default_prompt_name in its "
            "config_sentence_transformers.json",
            model.name,
            ", ".join(model.prompts),
        )


def find_pivot(recipe: FinetuneRecipe) -> str:
    """The language that others are crossed and compared with."""
    if recipe.pivot is not None:
        return canonical_language(recipe.pivot)
    record = find_record(find_model(recipe.model))
    if isinstance(record, TrainingRecord) and record.source_language:
        return record.source_language
    places = (*recipe.sts, *recipe.nli)
    return parse_graded(places[0])[0]


def load_anchor(recipe: FinetuneRecipe, model: SentenceEncoder) -> SentenceEncoder:
    """Load the model whose vectors anchor the training: the teacher, or the model before training.

    The teacher has the prompt that it taught the model with, unless the recipe names one.

    Raises:
        ModelNotFoundError: nothing has the teacher's name.
        ModelShapeError: it has another width than the model.
    """
    if recipe.teacher is None:
        return model
    teacher = load_encoder(recipe.teacher, prompt=recipe.teacher_prompt, fast=True)
    if teacher.dim != model.dim:
        raise ModelShapeError(
            f"teacher {recipe.teacher!r} has {teacher.dim} dimensions and {recipe.model!r} "
            f"{model.dim}; expected one width: name the teacher that it was distilled from"
        )
    if recipe.teacher_prompt is not None:
        return teacher
    return as_taught(teacher, find_model(recipe.model), "set `teacher_prompt` for another")


def prepare(recipe: FinetuneRecipe, tasks: Sequence[Task], run: RunLog) -> Prepared:
    """Read everything, and embed the targets of the anchors; see `gather_data`."""
    check_names(recipe)
    with run.stage("data", "reading pairs"):
        loaded, pivot = load_start(recipe), find_pivot(recipe)
        note_prompts(loaded)
        model = loaded.with_prompt(loaded.prompt_for(STS))
        places = [parse_where(place).without_weight("finetune") for place in recipe.pairs]
        fetch_missing(places, run.console)
        data = gather_data(recipe, model, pivot, tasks)
    teacher = load_anchor(recipe, model)
    store = open_store(teacher.namespace, teacher.dim)
    texts = list(dict.fromkeys(data.sources))
    missing = int((store.find(texts) < 0).sum())
    with run.stage("targets", "embedding targets", missing) as advance:
        store.ensure(texts, teacher.encode, advance)
    prompt = teacher.prompt if recipe.teacher and not teacher.own_prompts else None
    return Prepared(model, data, pivot, store.targets(store.find(data.sources)), prompt)
