"""WordPiece vocabularies for small encoders, the same ones in every process."""

from collections.abc import Sequence

from tokenizers import Tokenizer, trainers

from isogloss.vocabulary.extend.words import alphabet


def train_wordpieces(
    tokenizer: Tokenizer, texts: Sequence[str], size: int, special: Sequence[str]
) -> dict[str, int]:
    """What WordPiece training finds in some text.

    The trainer breaks ties by the order in which it meets letters inside words, that of a hash
    map. Named as special tokens they come in an order of ours.
    """
    trainer = trainers.WordPieceTrainer(
        vocab_size=size,
        special_tokens=[*special, *(f"##{letter}" for letter in alphabet(tokenizer, texts))],
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    vocabulary: dict[str, int] = tokenizer.get_vocab(with_added_tokens=False)
    return vocabulary
