"""What the first half of a distillation left in the run's `work` folder, for the second."""

import json
import logging
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import ValidationError

from isogloss.data.parallel import ParallelSentences
from isogloss.encoders.encoder import SentenceEncoder
from isogloss.errors import DataFormatError
from isogloss.recipes.distill.recipe import DistillRecipe
from isogloss.recipes.distill.student import StudentSource
from isogloss.recipes.distill.teacher import load_teacher, teacher_folder
from isogloss.runs.descriptions import ModelDescription, Part, StudentDescription
from isogloss.runs.folder import refuse_other_recipe
from isogloss.runs.parts import PairsData
from isogloss.runs.reading import read_json
from isogloss.training.distill.examples import Examples
from isogloss.vectors.store import Namespace, TargetStore, open_store

logger = logging.getLogger(__name__)


class PreparedFacts(Part):
    """The content of `prepared.json`."""

    recipe: str
    """Fingerprint of the recipe."""
    source_language: str
    """The language that the teacher knows."""
    dim: int
    """Length of the targets."""
    namespace: Namespace
    """Where the target store keeps them."""
    n_old: int | None
    """Tokens that the student shares with the teacher; see `BuiltStudent`."""
    student: StudentDescription
    """The untrained student."""
    teacher: ModelDescription
    """The teacher, as the recipe changes it."""
    target_squared_norm: float
    """Mean squared length of the targets."""
    data: list[PairsData]
    """The parallel sentences, a part for each place."""
    dictionaries: tuple[PairsData, ...] = ()
    """Dictionaries beside them, a part for each place."""
    replayed: list[str]
    """Languages that the student was taught before."""
    seconds: dict[str, float]
    """How long each stage took; targets and student overlap."""
    minutes: float | None = None
    """What training may come to in so many was drawn; None: all pairs are there."""
    tokens_per_batch: int | None = None
    """Where the recipe says nothing and the run began on a GPU; kept by every resume."""


@dataclass(frozen=True)
class Prepared:
    """What a preparation left: files, and the record about them.

    Attributes:
        folder: the `work` folder.
        untrained: folder of the untrained student.
        facts: the content of `prepared.json`.
        source: what the student is made from.
    """

    folder: Path
    untrained: Path
    facts: PreparedFacts
    source: StudentSource

    @property
    def dev(self) -> dict[str, ParallelSentences]:
        """Held-out sentences per target language."""
        source = self.facts.source_language
        return {
            language: ParallelSentences(source, language, part["source"], part["target"])
            for language, part in json.loads((self.folder / "dev.json").read_text("utf-8")).items()
        }

    def resolved(self, recipe: DistillRecipe) -> DistillRecipe:
        """The recipe, with what the kind of student and the device decide."""
        chosen, training = self.facts.tokens_per_batch, recipe.training
        if chosen is not None and training.tokens_per_batch is None:
            recipe = replace(recipe, training=replace(training, tokens_per_batch=chosen))
        return self.source.resolved(recipe)

    def examples(self) -> Examples:
        """Tokens and target keys, memory-mapped."""
        return Examples.read(self.folder / "examples")

    def store(self) -> TargetStore:
        """The teacher's vectors."""
        return open_store(self.facts.namespace, self.facts.dim)

    def teacher(self, recipe: DistillRecipe) -> SentenceEncoder:
        """The teacher as the recipe has it."""
        return load_teacher(recipe, teacher_folder(recipe))


def read_facts(recipe: DistillRecipe, marker: Path) -> PreparedFacts:
    """Facts about a finished preparation.

    Args:
        recipe: of the run that goes on; one that trains for longer than pairs were drawn for is
            told so.
        marker: `prepared.json`.

    Raises:
        DataFormatError: the file is damaged.
        IsoglossError: it belongs to another recipe.
    """
    content = read_json(marker)
    if isinstance(content, dict) and "recipe" in content:
        refuse_other_recipe(recipe.out, content, recipe.fingerprint())
    try:
        facts = PreparedFacts.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        raise DataFormatError(
            f"{marker} is damaged: {'.'.join(map(str, first['loc']))} {first['msg'].lower()}; "
            "expected what a run wrote: start anew with --overwrite"
        ) from error
    recipe.training.loss.check_widths(facts.dim)
    training = recipe.training
    if facts.minutes is not None and (
        training.epochs is not None or (training.minutes or 0.0) > facts.minutes
    ):
        logger.warning(
            "training goes on with the %d pairs that were drawn for %g minutes; for more of them "
            "start anew with --overwrite: what is embedded is kept",
            sum(part.learned for part in facts.data),
            facts.minutes,
        )
    return facts
