"""Refuse a student that cannot be built; warn of languages that it cannot read."""

import logging
from dataclasses import dataclass
from typing import Any

from sentence_transformers import SentenceTransformer

from isogloss.data.languages import language_name
from isogloss.data.parallel import by_target
from isogloss.encoders.saved_tokenizer import tokenizer_state
from isogloss.recipes.distill.pairs import RunPairs
from isogloss.recipes.distill.recipe import DistillRecipe
from isogloss.students.kinds import Draft, Student
from isogloss.vocabulary.coverage import character_coverage

logger = logging.getLogger(__name__)

MIN_READ = 0.9
"""Share of a language's letters that a student without new tokens should read."""


@dataclass(frozen=True, eq=False)
class Preflight:
    """A student that can be built.

    Attributes:
        draft: what it will be made of.
        data: the record of the pairs; for a student that gets no new tokens, with the share of the
            letters of each language that its tokenizer knows, as `letters_read`.
    """

    draft: Draft
    data: list[dict[str, Any]]


def preflight(
    recipe: DistillRecipe, student: Student, teacher: SentenceTransformer, pairs: RunPairs
) -> Preflight:
    """Check the student of a run, before minutes of work.

    Args:
        recipe: of the run.
        student: what it makes.
        teacher: the loaded teacher, or what it will be made of.
        pairs: of the run.

    Raises:
        IsoglossError: see `Student.check`.
    """
    draft = student.check(teacher, pairs.evidence)
    if student.gets_tokens:
        return Preflight(draft, pairs.record)
    state, read = tokenizer_state(draft.model.tokenizer), {}
    for language, part in by_target(pairs.train).items():
        share = character_coverage(state, part.target)
        read[f"{pairs.source}-{language}"] = {"letters_read": round(share, 4)}
        if share < MIN_READ:
            logger.warning(
                "student %r reads %.1f%% of the letters of %s (%s), the others are unknown to its "
                "tokenizer; expected at least %.0f%%, since a pretrained student gets no new "
                "tokens: start from an encoder that reads the language, not one that was trimmed "
                "to others, or use --student transplant",
                recipe.student.kind,
                100 * share,
                language_name(language),
                language,
                100 * MIN_READ,
            )
    return Preflight(draft, [row | read.get(row["languages"], {}) for row in pairs.record])
