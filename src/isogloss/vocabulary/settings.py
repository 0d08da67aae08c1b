"""How a vocabulary is extended."""

from pydantic import NonNegativeFloat, NonNegativeInt, PositiveInt

from isogloss.config import settings


@settings("student.transplant.vocabulary")
class VocabularySettings:
    """How many tokens a language gets, and which.

    Attributes:
        size: tokens learnt per target language; those the teacher has already are not added again.
        min_count: a token that cuts fewer places of the training text is not worth a row.
        max_sentences: sentences per language that the vocabulary is learnt from, from the first.
            One of fewer than forty characters counts in proportion.
        source_share: a new token is dropped when its rate in source-language text exceeds this
            share of its rate in target-language text: it would cut source words otherwise than the
            teacher does. A token of the teacher that does not exceed it starts as new ones do: an
            English vocabulary has "und", and no meaning for it.
        word_count: a word that occurs so often, and is still cut, becomes a token that matches
            only the whole word; 0 makes none. For WordPiece teachers.
    """

    size: NonNegativeInt = 48_000
    min_count: NonNegativeInt = 3
    max_sentences: PositiveInt = 300_000
    source_share: NonNegativeFloat = 0.1
    word_count: NonNegativeInt = 20
