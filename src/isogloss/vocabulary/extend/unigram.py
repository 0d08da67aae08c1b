"""More tokens for a Unigram teacher (XLM-R, multilingual MiniLM and E5, ALBERT, T5).

The pieces are those that Unigram training finds in the target text. Their scores, log
probabilities, are put on the teacher's scale: without that, pieces learnt from one language alone
would look far likelier than the teacher's.
"""

import json
from collections.abc import Mapping, Sequence
from statistics import median

from tokenizers import Tokenizer, models, trainers

from isogloss.vocabulary.extend.normalizer import normalizer_for
from isogloss.vocabulary.extend.select import Candidates, select_tokens
from isogloss.vocabulary.extend.words import alphabet, cutting_words, with_word_ends
from isogloss.vocabulary.settings import VocabularySettings
from isogloss.vocabulary.tokenizer_json import (
    ExtendedTokenizer,
    State,
    load_tokenizer,
    token_ids,
)

UNKNOWN = "<unk>"
"""The trainer's own name for the unknown piece; it is never taken over."""

SPACE = "▁"
"""What a space is written as."""

MIN_SHARED = 50
"""Pieces that two vocabularies have to share before their scores tell how the scales differ."""

EVEN_MIXTURE = -0.6931471805599453
"""Logarithm of 1/2: text is as often of the target language as what the teacher has seen."""


def extend_unigram(
    teacher: State,
    targets: Mapping[str, Sequence[str]],
    source: Sequence[str],
    settings: VocabularySettings,
) -> ExtendedTokenizer:
    """Extend a Unigram tokenizer; see `extend_vocabulary`."""
    shape = teacher | {"normalizer": normalizer_for(teacher["normalizer"], targets)}
    model = teacher["model"]
    scores: dict[str, float] = {}
    for texts in targets.values():
        learnt = _learn_scores(shape, texts, settings.size)
        for piece, score in on_teacher_scale(teacher, learnt).items():
            scores[piece] = max(score, scores.get(piece, score))
    letters = {piece for piece in scores if len(piece) == 1}

    def build(kept: Sequence[str]) -> State:
        vocabulary = [*model["vocab"], *([piece, scores[piece]] for piece in kept)]
        return shape | {"model": model | {"vocab": vocabulary}}

    candidates = Candidates(
        teacher=teacher,
        pieces=list(scores),
        build=build,
        text=lambda piece: piece.replace(SPACE, " ").strip() or piece,
        parts={
            piece: [] if piece in letters else [c for c in piece if c in letters]
            for piece in scores
        },
        letters=frozenset() if model.get("byte_fallback") else frozenset(letters),
    )
    return select_tokens(candidates, targets, source, settings)


def _learn_scores(state: State, texts: Sequence[str], size: int) -> dict[str, float]:
    """Pieces and log probabilities that training finds in one language, characters first."""
    whole = load_tokenizer(state | {"pre_tokenizer": cutting_words(state["pre_tokenizer"], texts)})
    learner = Tokenizer(models.Unigram())
    for part in ("normalizer", "pre_tokenizer"):
        if getattr(whole, part) is not None:
            setattr(learner, part, getattr(whole, part))
    least = len(alphabet(whole, texts)) + 8  # of fewer pieces than characters it makes an error
    trainer = trainers.UnigramTrainer(
        vocab_size=max(size, least),
        special_tokens=[UNKNOWN],
        unk_token=UNKNOWN,
        show_progress=False,
    )
    learner.train_from_iterator(with_word_ends(texts), trainer)
    learnt = [
        entry for entry in json.loads(learner.to_str())["model"]["vocab"] if entry[0] != UNKNOWN
    ]
    return dict(sorted(learnt, key=lambda entry: len(entry[0]) > 1))


def on_teacher_scale(teacher: State, learnt: Mapping[str, float]) -> dict[str, float]:
    """Scores of new pieces, comparable with the teacher's.

    Three rules. The scores are shifted as those of the pieces that both vocabularies have, or by
    the logarithm of 1/2 where too few are shared. A new piece is never likelier than the rarest of
    the teacher's pieces it is made of: wherever it occurs, these occur too. And no score is below
    the teacher's lowest, which sets the price of an unknown character.

    Args:
        teacher: parsed tokenizer.json of a Unigram tokenizer.
        learnt: piece to log probability in one language's text.

    Returns:
        New piece to score, in the order of `learnt`; pieces the teacher has are left out.
    """
    model = teacher["model"]
    old = dict(model["vocab"])
    special = {entry["content"] for entry in teacher["added_tokens"]}
    shared = [old[p] - score for p, score in learnt.items() if p in old and p not in special]
    shift = EVEN_MIXTURE
    if len(shared) >= MIN_SHARED:
        shift = min(shift, median(shared))
    new = [piece for piece in learnt if piece not in old]
    bare = load_tokenizer(teacher | {"normalizer": None, "pre_tokenizer": None, "added_tokens": []})
    lowest = min(score for _, score in model["vocab"])
    scores: dict[str, float] = {}
    for piece, ids in zip(new, token_ids(bare, new), strict=True):
        parts = [model["vocab"][i][1] for i in ids if i != model["unk_id"]]
        scores[piece] = max(lowest, min([learnt[piece] + shift, *parts]))
    return scores
