"""Trimming: a model without the tokens that its languages do not use."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import StaticEmbedding
from torch import nn

from isogloss.encoders.saved_tokenizer import tokenizer_state
from isogloss.encoders.saving import save_model
from isogloss.encoders.tokens import is_static, token_embeddings
from isogloss.errors import InputError, ModelShapeError
from isogloss.protocols import LongArray
from isogloss.vocabulary.coverage import character_coverage, spread
from isogloss.vocabulary.tokenizer_json import (
    State,
    count_tokens,
    load_tokenizer,
    share_unchanged,
)
from isogloss.vocabulary.trim import (
    Pieces,
    scripts_in,
    scripts_of,
    trimmed,
    unmixed,
)

MIN_READ = 0.1
"""Share of a text's letters that must stay readable; below it the text is of another language."""

SPECIAL_IDS = ("pad_token_id", "bos_token_id", "eos_token_id", "sep_token_id", "cls_token_id")
"""Token ids that the configuration of a body names."""


@dataclass(frozen=True)
class TrimSettings:
    """Which tokens stay.

    Attributes:
        languages: those whose scripts stay, BCP 47; with none the characters of the text do.
        tokens: how many tokens stay at most, the most used of the text; None: all that fit.
    """

    languages: tuple[str, ...] = ()
    tokens: int | None = None


@dataclass(frozen=True)
class Trimmed:
    """A smaller vocabulary.

    Attributes:
        state: the parsed tokenizer.json.
        kept: ids of the old vocabulary, ascending; their places are the new ids.
    """

    state: State
    kept: LongArray


def choose_tokens(
    model: SentenceTransformer, texts: Sequence[str], settings: TrimSettings
) -> Trimmed:
    """Choose what stays.

    Args:
        model: whose vocabulary is to be trimmed; it is not changed.
        texts: sentences of the languages wanted; may be none where `settings.languages` says what
            to keep and there is no budget.
        settings: which tokens stay.

    Raises:
        InputError: neither text nor languages; a budget without text, or too small; hardly a
            letter of a language or of the text can be written with what would stay.
        ModelShapeError: the tokenizer is of a kind that cannot be trimmed, or not this model's.
    """
    state = tokenizer_state(model.tokenizer)
    pieces = Pieces.of(state, _anchored(model))
    if len(pieces.names) > len(token_table(model)):
        raise ModelShapeError(
            f"the tokenizer has {len(pieces.names)} tokens, the embedding table "
            f"{len(token_table(model))} rows; expected at least as many rows: the folder mixes two "
            "models"
        )
    if not any(text.strip() for text in texts) and (settings.tokens or not settings.languages):
        raise InputError(
            "nothing says which tokens to keep: there is no text, or it is empty; expected text of"
            " the languages to keep"
            f"{' to count tokens in' if settings.tokens else ', or their codes'}"
            f": give --text{'' if settings.tokens else ' or --languages'}"
        )
    kept = _kept(pieces, texts, [text for text in model.prompts.values() if text], settings)
    for code in settings.languages:
        scripts = scripts_of([code])
        if not pieces.can_write(scripts, kept):
            raise InputError(
                f"no token that would stay has a letter of {code!r} (script "
                f"{', '.join(scripts) or 'unknown'}); expected languages that the model's tokens "
                f"can spell: leave it out{', or give --text in it' if settings.tokens else ''}"
            )
    order = np.array(sorted(kept), np.int64)
    chosen = Trimmed(trimmed(pieces, order), order)
    share = character_coverage(chosen.state, texts)
    if share < MIN_READ:
        raise InputError(
            f"of the letters of the text {share:.1%} stand in a token that would stay, the others "
            f"would be unknown; expected at least {MIN_READ:.0%}: give text in languages that "
            f"{'are kept' if settings.languages else 'the model has tokens for'}"
        )
    return chosen


def kept_languages(known: Sequence[str], texts: Sequence[str], settings: TrimSettings) -> list[str]:
    """The languages that a model can still be said to have once it is trimmed.

    Args:
        known: BCP 47.
        texts: as for `choose_tokens`.
        settings: which tokens stay.

    Returns:
        Those in the scripts asked for or, where none was, in the scripts of the text.
    """
    if settings.languages:
        kept = unmixed(scripts_of(settings.languages))
        return [code for code in known if unmixed(scripts_of([code])) <= kept]
    written = set(scripts_in(spread(texts), scripts_of(known)))
    return [code for code in known if written & set(scripts_of([code]))]


def _kept(
    pieces: Pieces, texts: Sequence[str], prompts: Sequence[str], settings: TrimSettings
) -> set[int]:
    """The ids that stay; those of a prompt are read with every sentence, whatever its language."""
    tokenizer, size = load_tokenizer(pieces.state), len(pieces.names)
    prompted = count_tokens(tokenizer, prompts, size)
    counts = count_tokens(tokenizer, texts, size)
    used = {int(i) for i in np.flatnonzero(counts)}
    spelled = used | pieces.spelled({c for i in used for c in pieces.texts[i]})
    languages = settings.languages
    wanted = pieces.written_in(scripts_of(languages)) if languages else spelled
    wanted |= {int(i) for i in np.flatnonzero(prompted)}
    if settings.tokens is None:
        return pieces.closed(wanted)
    counts += prompted * max(1, len(texts))
    return pieces.most_used(counts, wanted, spelled, settings.tokens)


def _anchored(model: SentenceTransformer) -> set[int]:
    """Ids that must stay: the padding, and all up to the id that positions are counted from.

    RoBERTa, XLM-R and MPNet give a token the number of its place plus the padding id, so that this
    id may not change. Their tables of positions have that id as padding, those of others none.
    """
    pad = getattr(model.tokenizer, "pad_token_id", None)
    fixed: set[int] = set() if pad is None else {int(pad)}
    if is_static(model):
        return fixed
    body: Any = model[0].auto_model
    for name, module in body.named_modules():
        start = getattr(module, "padding_idx", None)
        if start is not None and "position" in name.rpartition(".")[2]:
            fixed.update(range(int(start) + 1))
    return fixed


def trim_model(model: SentenceTransformer, chosen: Trimmed, out: Path) -> None:
    """Write the model with the rows of the chosen tokens only.

    Args:
        model: is changed, and of no more use.
        chosen: see `choose_tokens`.
        out: folder to write to.
    """
    rows = token_table(model).detach()[torch.from_numpy(chosen.kept)].clone()
    if is_static(model):
        tokenizer = load_tokenizer(chosen.state)
        model[0] = StaticEmbedding(tokenizer, embedding_weights=rows)
        save_model(model, out)
        return
    body: Any = model[0].auto_model
    number = {int(old): new for new, old in enumerate(chosen.kept)}
    for name in SPECIAL_IDS:
        old = getattr(body.config, name, None)
        if old is not None:
            setattr(body.config, name, number.get(int(old)))
    padding = number.get(body.get_input_embeddings().padding_idx)
    body.set_input_embeddings(nn.Embedding.from_pretrained(rows, False, padding))
    body.config.vocab_size = len(rows)
    save_model(model, out, chosen.state)


def same_segmentation(model: SentenceTransformer, chosen: Trimmed, texts: Sequence[str]) -> float:
    """Share of sentences that are cut into the same tokens as before; 1.0 for no sentences."""
    old = load_tokenizer(tokenizer_state(model.tokenizer))
    new = load_tokenizer(chosen.state)
    return share_unchanged(old, new, texts, numbers=chosen.kept)


def token_table(model: SentenceTransformer) -> torch.Tensor:
    """The embeddings of the tokens, `(n_tokens, dim)`."""
    table: torch.Tensor = token_embeddings(model).weight
    return table
