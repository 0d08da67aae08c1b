"""More tokens for a WordPiece teacher (BERT, MiniLM, MPNet).

The pieces are those that WordPiece training finds in the target text. In scripts without spaces it
is trained on words, and each piece is added in two forms, for the beginning of a run and for its
inside; longest match first then cuts runs, which end where Japanese changes its script, into words.
"""

from collections.abc import Mapping, Sequence

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

from isogloss.vocabulary.extend.normalizer import escaped, normalizer_for
from isogloss.vocabulary.extend.parts import falls_into_parts
from isogloss.vocabulary.extend.select import Candidates, select_tokens
from isogloss.vocabulary.extend.whole_words import with_whole_words
from isogloss.vocabulary.extend.words import alphabet, cutting_words, with_word_ends
from isogloss.vocabulary.settings import VocabularySettings
from isogloss.vocabulary.tokenizer_json import (
    MAX_ALPHABET,
    SCRIPT_CHANGES,
    UNSEGMENTED_SCRIPTS,
    ExtendedTokenizer,
    State,
    is_unsegmented,
    load_tokenizer,
    number_of_ids,
)

RUN_CHARACTERS = "".join(
    f"\\p{{{'Han' if script == 'CJK' else script.capitalize()}}}" for script in UNSEGMENTED_SCRIPTS
)
"""Characters of scripts without spaces, in the syntax of Oniguruma."""

MAX_WORD = 1_000
"""Longest run in characters that is still cut, not [UNK]: runs without spaces are long."""


def extend_wordpiece(
    teacher: State,
    targets: Mapping[str, Sequence[str]],
    source: Sequence[str],
    settings: VocabularySettings,
) -> ExtendedTokenizer:
    """Extend a WordPiece tokenizer; see `extend_vocabulary`."""
    old, prefix = teacher["model"]["vocab"], teacher["model"]["continuing_subword_prefix"]
    shape = _student_shape(teacher, targets)
    unsegmented = any(is_unsegmented(texts) for texts in targets.values())
    pieces: dict[str, None] = {}
    for texts in targets.values():
        learnt = _learn_pieces(shape, texts, settings.size)
        pieces.update(dict.fromkeys(piece for piece in learnt if piece not in old))
    parts = {piece: _letters(piece, prefix) for piece in pieces}
    letters = frozenset(piece for piece in pieces if parts[piece] == [piece])
    first_new = number_of_ids(teacher)

    def build(kept: Sequence[str]) -> State:
        vocabulary = old | {piece: first_new + i for i, piece in enumerate(kept)}
        state = shape | {"model": shape["model"] | {"vocab": vocabulary}}
        return isolating_unknown(state) if unsegmented else state

    candidates = Candidates(
        teacher=teacher,
        pieces=list(pieces),
        build=build,
        text=lambda piece: piece.removeprefix(prefix),
        parts={
            piece: [] if piece in letters else [letter for letter in found if letter in letters]
            for piece, found in parts.items()
        },
        letters=letters,
        at_spaces=falls_into_parts(shape, _teachers_own(teacher["pre_tokenizer"])),
    )
    extended = select_tokens(candidates, targets, source, settings)
    return with_whole_words(extended, targets, source, settings)


def _student_shape(teacher: State, targets: Mapping[str, Sequence[str]]) -> State:
    """The teacher with the student's normalizer, pre-tokenizer and word length."""
    state = teacher | {"model": teacher["model"] | {"max_input_chars_per_word": MAX_WORD}}
    state["normalizer"] = normalizer_for(teacher["normalizer"], targets)
    if any(is_unsegmented(texts) for texts in targets.values()):
        steps = [SCRIPT_CHANGES, *_teachers_own(teacher["pre_tokenizer"])]
        state["pre_tokenizer"] = {"type": "Sequence", "pretokenizers": steps}
    return state


def _isolates(step: State) -> bool:
    """Whether a step cuts around unknown characters."""
    pattern = step.get("pattern", {}).get("Regex", "")
    return bool(step["type"] == "Split" and pattern.startswith(f"[{RUN_CHARACTERS}&&"))


def _teachers_own(pre_tokenizer: State | None) -> list[State]:
    """The steps of a pre-tokenizer without those that a student of this kind was given."""
    if pre_tokenizer is None:
        return []
    if not isolates_unknown(pre_tokenizer):
        return [pre_tokenizer]
    return [step for step in pre_tokenizer["pretokenizers"][1:] if not _isolates(step)]


def isolates_unknown(pre_tokenizer: State | None) -> bool:
    """Whether `isolating_unknown` made it."""
    steps = (pre_tokenizer or {}).get("pretokenizers", [])
    return SCRIPT_CHANGES in steps[:1]


def isolating_unknown(state: State) -> State:
    """The same, with a cut around each character of a long run that no piece can write.

    One such character would make [UNK] of the whole run. It is done anew where it was done for
    another vocabulary.
    """
    vocabulary, prefix = state["model"]["vocab"], state["model"]["continuing_subword_prefix"]
    known = sorted(
        piece for piece in vocabulary if len(piece) == 1 and prefix + piece in vocabulary
    )
    unknown = {
        "type": "Split",
        "pattern": {"Regex": f"[{RUN_CHARACTERS}&&[^{_ranges(known)}]]"},
        "behavior": "Isolated",
        "invert": False,
    }
    script_changes, *others = state["pre_tokenizer"]["pretokenizers"]
    others = [step for step in others if not _isolates(step)]
    steps = [script_changes, unknown, *others]
    return state | {"pre_tokenizer": {"type": "Sequence", "pretokenizers": steps}}


def _ranges(characters: Sequence[str]) -> str:
    """Sorted characters inside the brackets of a pattern, neighbors as ranges.

    Oniguruma takes 10,000 entries, and the Han of two languages may be more.
    """
    runs: list[str] = []
    for character in characters:
        if runs and ord(character) == ord(runs[-1][-1]) + 1:
            runs[-1] = runs[-1][0] + character
        else:
            runs.append(character)
    return "".join("-".join(map(escaped, run)) for run in runs)


def _letters(piece: str, prefix: str) -> list[str]:
    """The characters of a piece as pieces: with the prefix, except at the beginning of a word."""
    text = piece.removeprefix(prefix) or piece
    first = text[0] if text == piece else prefix + text[0]
    return [first, *(prefix + character for character in text[1:])]


def _learn_pieces(state: State, texts: Sequence[str], size: int) -> list[str]:
    """The pieces WordPiece training finds, characters first; the same ones every time.

    The trainer breaks ties by the order in which it met the characters inside words, which is that
    of a hash map: given as special tokens, they have their places before it looks.
    """
    model, prefix = state["model"], state["model"]["continuing_subword_prefix"]
    whole = load_tokenizer(state | {"pre_tokenizer": cutting_words(state["pre_tokenizer"], texts)})
    learner = Tokenizer(models.WordPiece(unk_token=model["unk_token"]))
    learner.normalizer = whole.normalizer or normalizers.Sequence([])
    learner.pre_tokenizer = whole.pre_tokenizer or pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(
        vocab_size=size,
        min_frequency=2,
        limit_alphabet=MAX_ALPHABET,
        special_tokens=[
            model["unk_token"],
            *(prefix + letter for letter in alphabet(whole, texts)),
        ],
        continuing_subword_prefix=prefix,
        show_progress=False,
    )
    learner.train_from_iterator(with_word_ends(texts), trainer)
    vocabulary = learner.get_vocab(with_added_tokens=False)
    learnt = sorted(vocabulary, key=lambda piece: vocabulary[piece])
    return _in_both_forms(learnt, prefix) if is_unsegmented(texts) else learnt


def _in_both_forms(pieces: Sequence[str], prefix: str) -> list[str]:
    """Each piece as it stands at the beginning of a run and inside one: words stand in both places.

    A word of a dictionary is only ever met alone.
    """
    texts = [piece.removeprefix(prefix) or piece for piece in pieces]
    return list(dict.fromkeys(form for text in texts for form in (text, prefix + text)))
