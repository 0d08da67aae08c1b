"""How much of a text a tokenizer can read."""

from collections.abc import Sequence

from isogloss.vocabulary.tokenizer_json import State, load_tokenizer

SAMPLE = 1_000
"""Sentences of a text that are looked at."""


def character_coverage(state: State, texts: Sequence[str]) -> float:
    """Share of the letters of a text that stand in a known token; 1.0 where there are no letters.

    Letters are counted, not tokens: of an unknown word of XLM-R the space before it is a token. A
    letter that is cut into several tokens (bytes, parts of a Korean syllable) counts once.

    Args:
        state: a parsed tokenizer.json.
        texts: sentences, of which `SAMPLE` are looked at, evenly spread.
    """
    tokenizer, unknown = load_tokenizer(state), unknown_id(state)
    sample = spread(texts)
    letters = read = 0
    for text, cut in zip(
        sample, tokenizer.encode_batch(sample, add_special_tokens=False), strict=True
    ):
        known = {
            at
            for number, name, (start, end) in zip(cut.ids, cut.tokens, cut.offsets, strict=True)
            if number != unknown and name != "▁"
            for at in range(start, end)
        }
        letters += sum(map(str.isalpha, text))
        read += sum(text[at].isalpha() for at in known)
    return read / letters if letters else 1.0


def unknown_id(state: State) -> int | None:
    """The id of what a tokenizer does not know; None where it knows everything."""
    model = state["model"]
    unknown: int | None = model.get("unk_id")
    if not isinstance(model["vocab"], list):
        unknown = model["vocab"].get(model.get("unk_token"))
    return unknown


def spread(texts: Sequence[str]) -> list[str]:
    """At most `SAMPLE` of some sentences, evenly."""
    return list(texts[:: max(1, -(-len(texts) // SAMPLE))])
