"""The sentences of a run as training examples: tokenized block by block, and written."""

from collections.abc import Iterator, Sequence
from itertools import accumulate
from pathlib import Path

import numpy as np
from sentence_transformers import SentenceTransformer

from isogloss.data.parallel import by_target
from isogloss.data.token_table import TokenTable
from isogloss.encoders.tokens import own_prompt, tokenize
from isogloss.recipes.distill.pairs import RunPairs
from isogloss.spooled import Joined
from isogloss.threads import end_if_halted
from isogloss.training.distill.batches import corpus_shares
from isogloss.training.distill.examples import Examples, ExamplesWriter, Keys
from isogloss.training.distill.mixing import Corpus
from isogloss.training.distill.settings import ResolvedSettings
from isogloss.vectors.store import KEY_BYTES, hash_texts

CHUNK = 20_000

RECUT_COPIES = 8
"""How often a source sentence that the student cuts differently stands among the sources."""


def write_examples(
    folder: Path,
    pairs: RunPairs,
    model: SentenceTransformer,
    *,
    longest: int,
    n_old: int | None = None,
) -> None:
    """Write a stream of examples per target language, and one of distinct sources.

    Entries of dictionaries stand behind the sentences of their language, and not among the sources.

    Args:
        folder: for `Examples.read`.
        pairs: of the run; the training pairs are written.
        model: the student.
        longest: longer sentences are cut to so many tokens.
        n_old: tokens that the student shares with the teacher: a source sentence that holds
            another stands there `RECUT_COPIES` times. None where no sentence does.

    Raises:
        OutputFolderError: the folder cannot be written.
    """
    parts = by_target(pairs.train)
    recut: list[tuple[TokenTable, Keys]] = []
    weighted = any(part.weights is not None for part in parts.values())
    with ExamplesWriter(folder, weighted=weighted) as examples:
        for language, part in parts.items():
            at = 0
            for table, keys in _blocks(model, part.target, part.source, longest):
                weights = None if part.weights is None else part.weights[at : at + len(table)]
                examples.add(language, table, keys, weights)
                at += len(table)
            examples.place(language, pairs.sizes(language))
            for place, entries in pairs.entries:
                if entries.target_language == language:
                    for table, keys in _blocks(model, entries.target, entries.source, longest):
                        examples.add(language, table, keys)
                    size = len(entries)
                    examples.place(language, [(place, size, size)], dictionary=True)
        distinct = Joined(part.source for part in parts.values()).distinct()
        for table, keys in _blocks(model, distinct, distinct, longest):
            examples.add(pairs.source, table, keys)
            if n_old is not None:
                rows = table.holding(n_old)
                recut.append((table.take(rows), keys[rows]))
        for _ in range(RECUT_COPIES - 1):
            for table, keys in recut:
                examples.add(pairs.source, table, keys)


def without_tokens(pairs: RunPairs) -> Examples:
    """Examples of the pairs as `write_examples` would lay them out, for what goes by their number.

    Args:
        pairs: of the run.

    Returns:
        Streams, corpora and weights of the target languages; sentences are empty.
    """
    streams, corpora, weights, at = {}, {}, [], 0
    for language, part in by_target(pairs.train).items():
        streams[language] = at, at + len(part)
        places, sizes, whole = zip(*pairs.sizes(language), strict=True)
        ends = list(accumulate(sizes, initial=at))
        corpora[language] = [
            Corpus(place, start, end, drawn_from=all_of_it)
            for place, start, end, all_of_it in zip(places, ends[:-1], ends[1:], whole, strict=True)
        ]
        own = np.ones(len(part), np.float32) if part.weights is None else part.weights
        weights.append(own)
        at += len(part)
    streams[pairs.source] = at, at
    empty = TokenTable(np.empty(0, np.int32), np.zeros(at + 1, np.int64))
    keys = np.empty(0, f"S{KEY_BYTES}")
    return Examples(empty, keys, streams, np.concatenate(weights), corpora)


def place_shares(
    examples: Examples, source: str, settings: ResolvedSettings
) -> dict[str, dict[str, float]]:
    """What the account of each place says of its share in what is drawn; an only place has none.

    Args:
        examples: streams and corpora.
        source: the name of the source stream.
        settings: budget and shares.
    """
    if sum(map(len, examples.corpora.values())) == 1:
        return {}
    shares = corpus_shares(examples, source, settings)
    return {place: {"share": round(share, 4)} for place, share in shares.items()}


def _blocks(
    model: SentenceTransformer, texts: Sequence[str], sources: Sequence[str], longest: int
) -> Iterator[tuple[TokenTable, Keys]]:
    """Tokens of texts, and the keys of the sources that they go with, `CHUNK` of them at a time."""
    prompt = own_prompt(model)
    for start in range(0, len(texts), CHUNK):
        end_if_halted()
        block = slice(start, start + CHUNK)
        ids = tokenize(model, [prompt + text for text in texts[block]], longest)
        yield TokenTable.from_sentences(ids), hash_texts(sources[block])
