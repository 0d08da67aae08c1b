"""New tokens for a teacher's vocabulary: how they are chosen, and their first embeddings.

Both the transplant and the static student are made of this: each new token starts at the mean of
the source tokens it translates.
"""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sentence_transformers import SentenceTransformer
from tokenizers import Tokenizer

from isogloss.data.parallel import ParallelSentences, by_target
from isogloss.data.token_table import TokenTable
from isogloss.encoders.saved_tokenizer import tokenizer_state
from isogloss.encoders.tokens import token_embeddings
from isogloss.errors import ModelShapeError
from isogloss.protocols import FloatArray, LongArray
from isogloss.spooled import Joined
from isogloss.students.alignment.lexicon import as_sentences, learn_lexicon
from isogloss.students.kinds import BuiltStudent, Draft, Pairs, Student
from isogloss.students.settings import MANY_LANGUAGES, AlignmentSettings, TransplantSettings
from isogloss.students.start import StartPairs
from isogloss.students.token_init import translate_rows
from isogloss.vocabulary.coverage import unknown_id
from isogloss.vocabulary.extend import extend_vocabulary, find_extender
from isogloss.vocabulary.extend.whole_words import split_words, with_known_words
from isogloss.vocabulary.tokenizer_json import (
    CHUNK,
    ExtendedTokenizer,
    count_tokens,
    load_tokenizer,
    number_of_ids,
    token_ids,
    with_settled_added_tokens,
)

MIN_LINKS = 1e-4
"""Expected links below which a source token is no translation: most cells of a lexicon, and left
out before the lexicons of all languages are added up."""


@dataclass(frozen=True)
class TransplantReport:
    """What was made: counts of tokens, and how source and target sentences are tokenized."""

    kind: str
    tokens_before: int
    tokens_after: int
    new_tokens: int
    aligned_tokens: int
    restarted_tokens: int
    dropped_for_source: int
    source_unchanged: float
    tokens_per_sentence: dict[str, dict[str, float]]
    parameters: int


@dataclass(frozen=True)
class ExtendedStudent(Student):
    """A student that is made of the teacher, with new tokens.

    Attributes:
        settings: how they are chosen and begun.
    """

    settings: TransplantSettings

    def check(self, teacher: SentenceTransformer, pairs: Pairs) -> Draft:
        """Refuse a teacher whose vocabulary cannot be extended."""
        check_vocabulary(tokenizer_state(teacher.tokenizer), len(token_embeddings(teacher).weight))
        return Draft(teacher)

    def build(
        self,
        teacher: Path,
        pairs: Pairs,
        out: Path,
        guarded: Sequence[str] = (),
        start: StartPairs | None = None,
        *,
        restart: bool = True,
    ) -> BuiltStudent:
        """Write the student; it starts at its teacher, and needs no pairs for that."""
        made = self.write(teacher, pairs, out, guarded, restart)
        return BuiltStudent(out, made.tokens_before, asdict(made))

    @abstractmethod
    def write(
        self, teacher: Path, pairs: Pairs, out: Path, guarded: Sequence[str], restart: bool
    ) -> TransplantReport:
        """Write it, and say what was made."""


@dataclass(frozen=True)
class NewTokens:
    """A vocabulary with new tokens, and an embedding for every token.

    Attributes:
        extended: the tokenizer.
        rows: float32 `(extended.size, dim)`; the first `extended.n_old` are the teacher's, but for
            those that were restarted.
        aligned: how many new tokens the lexicon knew.
        restarted: tokens of the teacher that begin as new ones do, see `_rather_targets`.
        lengths: target language to the mean length of a sentence in tokens, "teacher" and
            "student".
    """

    extended: ExtendedTokenizer
    rows: FloatArray
    aligned: int
    restarted: int
    lengths: dict[str, dict[str, float]]

    def report(self, kind: str, parameters: int) -> TransplantReport:
        """The account of a student that is made of them."""
        return TransplantReport(
            kind=kind,
            tokens_before=self.extended.n_old,
            tokens_after=self.extended.size,
            new_tokens=self.extended.size - self.extended.n_old,
            aligned_tokens=self.aligned,
            restarted_tokens=self.restarted,
            dropped_for_source=self.extended.dropped_for_source,
            source_unchanged=self.extended.source_unchanged,
            tokens_per_sentence=self.lengths,
            parameters=parameters,
        )


def check_vocabulary(state: dict[str, Any], n_rows: int) -> None:
    """Refuse a vocabulary that cannot be extended.

    Args:
        state: the teacher's parsed tokenizer.json.
        n_rows: rows of its embedding table.

    Raises:
        ModelShapeError: it is of a kind that cannot be extended, two of its tokens share an id, or
            it has more tokens than rows.
    """
    find_extender(state)
    bare, words = split_words(state)
    n_tokens = number_of_ids(with_settled_added_tokens(bare)) + len(words)
    if n_tokens > n_rows:
        raise ModelShapeError(
            f"the teacher's tokenizer has {n_tokens} tokens, its embedding table {n_rows} rows; "
            "expected at least as many rows: the folder mixes two models"
        )


def add_tokens(
    state: dict[str, Any],
    old: FloatArray,
    pairs: Sequence[ParallelSentences],
    settings: TransplantSettings,
    guarded: Sequence[str] = (),
    *,
    restart: bool = True,
) -> NewTokens:
    """Extend a vocabulary, and mix the first embeddings of its new tokens.

    The whole words of a student that has some move behind the new tokens, or become one of them;
    their embeddings go with them.

    Args:
        state: the teacher's parsed tokenizer.json.
        old: an embedding per token of the teacher, `(n_rows, dim)`; rows without a token are left
            out.
        pairs: training sentences; several may share a target language.
        settings: sizes and thresholds.
        guarded: text of other languages whose cut should stay as it is, beside the source side.
        restart: whether tokens of the teacher that are rather words of a target language start at
            what they translate, as new ones do.

    Raises:
        ModelShapeError: see `check_vocabulary`, `old` being the table.
    """
    check_vocabulary(state, len(old))
    bare, words = split_words(state)
    targets = {language: part.target for language, part in by_target(pairs).items()}
    source = Joined([guarded, *(part.source for part in pairs)]).distinct()
    extended = extend_vocabulary(bare, targets, source, settings.vocabulary)
    n_old = extended.n_old
    extended = with_known_words(extended, words)
    links = _links(bare, extended, pairs, settings)
    initial = translate_rows(
        old[:n_old], links.lexicon[n_old:], extended.tied, sharpen=settings.sharpen
    )
    rows = np.concatenate([old[:n_old], initial.rows])
    for number, word in enumerate(words):
        rows[extended.tokenizer.token_to_id(word["content"])] = old[n_old + number]
    again = np.empty(0, np.int64)
    if restart:
        again = _rather_targets(links, bare, extended, guarded, settings)
    restarted = translate_rows(old[:n_old], links.lexicon[again], {}, sharpen=settings.sharpen)
    rows[again[restarted.aligned]] = restarted.rows[restarted.aligned]
    return NewTokens(
        extended, rows, int(initial.aligned.sum()), int(restarted.aligned.sum()), links.lengths
    )


@dataclass(frozen=True)
class _Links:
    """What the pairs of all languages say of tokens.

    Attributes:
        lexicon: expected links, `(extended.size, n_old)`, of all languages added up.
        in_source: uses of each of the teacher's tokens on the source side, `(n_old,)`.
        in_targets: the same of each target language.
        lengths: see `NewTokens`.
    """

    lexicon: Any
    in_source: LongArray
    in_targets: list[LongArray]
    lengths: dict[str, dict[str, float]]


def _links(
    state: dict[str, Any],
    extended: ExtendedTokenizer,
    pairs: Sequence[ParallelSentences],
    settings: TransplantSettings,
) -> _Links:
    """Align the pairs of each language.

    The parts of a language are aligned together, so that a dictionary tells of its sentences.
    """
    before, after = load_tokenizer(state), extended.tokenizer
    lexicon: Any = 0
    lengths: dict[str, dict[str, float]] = {}
    in_source, in_targets = np.zeros(extended.n_old, np.int64), []
    for language, part in by_target(pairs).items():
        source, target = _looked_at(before, after, part, settings.alignment)
        links = learn_lexicon(source, target, extended.n_old, extended.size, settings.alignment)
        links.data[links.data < MIN_LINKS] = 0
        links.eliminate_zeros()
        lexicon = lexicon + links
        in_source += np.bincount(source.tokens, minlength=extended.n_old)
        in_targets.append(np.bincount(target.tokens, minlength=extended.size))
        first = next(one for one in pairs if one.target_language == language)
        sample = first.target[:2_000]  # a dictionary comes behind sentences
        lengths[language] = {
            "teacher": float(np.mean([len(ids) for ids in token_ids(before, sample)])),
            "student": float(target.lengths[: len(sample)].mean()),
        }
    return _Links(lexicon, in_source, in_targets, lengths)


def _rather_targets(
    links: _Links,
    state: dict[str, Any],
    extended: ExtendedTokenizer,
    guarded: Sequence[str],
    settings: TransplantSettings,
) -> LongArray:
    """Tokens of the teacher that are words of a target language and hardly ever of the source.

    "und" and "das" stand in an English vocabulary, and mean nothing there. `source_share` is the
    measure, as it is of new tokens. None that guarded text uses is among them, and none of a
    vocabulary of many languages.
    """
    n_old = len(links.in_source)
    if n_old > MANY_LANGUAGES:
        return np.empty(0, np.int64)
    source = links.in_source / max(1, links.in_source.sum())
    rather = np.zeros(n_old, bool)
    for counts in links.in_targets:
        enough = counts[:n_old] >= settings.vocabulary.min_count
        target = counts[:n_old] / max(1, counts.sum())
        rather |= enough & (source <= settings.vocabulary.source_share * target)
    rather &= count_tokens(load_tokenizer(state), guarded, n_old) == 0
    added = [entry["id"] for entry in extended.state["added_tokens"]]
    kept = [i for i in (unknown_id(state), *added) if i is not None and i < n_old]
    rather[kept] = False
    return np.flatnonzero(rather)


def _looked_at(
    before: Tokenizer, after: Tokenizer, part: ParallelSentences, settings: AlignmentSettings
) -> tuple[TokenTable, TokenTable]:
    """Source and target tokens of the first pairs, as many as a lexicon is learned from."""
    found: list[tuple[TokenTable, TokenTable]] = []
    usable = 0.0
    for start in range(0, len(part) or 1, CHUNK):
        block = slice(start, start + CHUNK)
        source = TokenTable.from_sentences(token_ids(before, part.source[block]))
        target = TokenTable.from_sentences(token_ids(after, part.target[block]))
        found.append((source, target))
        usable += as_sentences(source, target, settings).sum()
        if usable >= settings.max_sentences:
            break
    sources, targets = zip(*found, strict=True)
    return TokenTable.concatenate(sources), TokenTable.concatenate(targets)
