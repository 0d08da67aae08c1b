"""The student of a distillation, looked at before minutes of work."""

import logging

from sentence_transformers import SentenceTransformer

from isogloss.data.languages import language_name
from isogloss.encoders.saved_tokenizer import tokenizer_state
from isogloss.recipes.distill.pairs import GatheredPairs
from isogloss.recipes.distill.recipe import DistillRecipe
from isogloss.students.kinds import PretrainedStudent, check_student
from isogloss.vocabulary.coverage import share_read

logger = logging.getLogger(__name__)

LEAST_READ = 0.9
"""Share of a language's letters that a student without new tokens should read."""


def checked_student(
    recipe: DistillRecipe, teacher: SentenceTransformer, pairs: GatheredPairs
) -> PretrainedStudent | None:
    """Refuse a student that cannot be built; warn of languages that it cannot read.

    A pretrained student gets no new tokens. What share of a language's letters its tokenizer knows
    is added to the account of the pairs, as `letters_read`.

    Args:
        recipe: the resolved recipe.
        teacher: the loaded teacher, or what it will be made of.
        pairs: of the run.

    Returns:
        A pretrained student, not trimmed yet; None of another kind.

    Raises:
        ModelShapeError: see `check_student`.
        ModelNotFoundError: nothing has the student's name.
        InputError: a setting does not fit the encoder, or it cannot be trimmed so far.
    """
    student = recipe.student
    found = check_student(student.door, teacher, student.pretrained, pairs.new)
    if found is None:
        return None
    state = tokenizer_state(found.model.tokenizer)
    for language, texts in pairs.targets().items():
        share = share_read(state, texts)
        if share < LEAST_READ:
            logger.warning(
                "student %r reads %.1f%% of the letters of %s (%s), the others are unknown to its "
                "tokenizer; expected at least %.0f%%, since a pretrained student gets no new "
                "tokens: start from an encoder that reads the language, not one that was trimmed "
                "to others, or use --student transplant",
                student.kind,
                100 * share,
                language_name(language),
                language,
                100 * LEAST_READ,
            )
        for entry in pairs.account:
            if entry["languages"] == f"{pairs.source}-{language}":
                entry["letters_read"] = round(share, 4)
    return found
