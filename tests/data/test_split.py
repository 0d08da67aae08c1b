"""A development set that is the same sentences everywhere."""

from hashlib import blake2b

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isogloss.data import ParallelSentences, split_dev
from isogloss.data.split import held_out_sources, source_key
from isogloss.errors import InputError


def sentences(source: list[str], language: str = "de") -> ParallelSentences:
    return ParallelSentences("en", language, source, [f"{language}: {text}" for text in source])


@given(st.lists(st.text(max_size=4)), st.floats(0.01, 0.5))
def test_parts_are_disjoint_complete_and_ordered(source: list[str], share: float) -> None:
    split = split_dev(sentences(source), share=share)
    dev = {text.strip().casefold() for text in split.dev.source}
    assert dev.isdisjoint(text.strip().casefold() for text in split.train.source)
    in_dev = [text for text in source if text.strip().casefold() in dev]
    assert list(split.dev.source) == in_dev
    assert len(split.train) + len(split.dev) == len(source)
    assert all(target == f"de: {text}" for text, target in (*split.train, *split.dev))


def test_a_sentence_falls_on_one_side_in_every_language_and_order() -> None:
    source = [f"Sentence number {i}." for i in range(500)]
    german = split_dev(sentences(source), share=0.2)
    shouted = [f" {text.upper()} " for text in reversed(source)]
    turkish = split_dev(sentences(shouted, "tr"), share=0.2)
    assert [text.strip().casefold() for text in turkish.dev.source] == [
        text.casefold() for text in reversed(german.dev.source)
    ]


@pytest.mark.parametrize("share", [0.01, 0.1, 0.5])
def test_the_share_is_met_and_a_larger_one_holds_the_smaller(share: float) -> None:
    data = sentences([f"text {i}" for i in range(20_000)])
    dev = split_dev(data, share=share).dev
    # Five standard deviations of a binomial.
    assert abs(len(dev) - share * 20_000) < 5 * (20_000 * share * (1 - share)) ** 0.5
    assert set(dev.source) <= set(split_dev(data, share=0.5).dev.source)


def test_the_split_is_the_same_for_ever() -> None:
    data = sentences([str(i) for i in range(40)])
    # The definition: a change here moves sentences between train and dev of published runs.
    hashes = {text: blake2b(b"isogloss-dev" + text.encode(), digest_size=8) for text in data.source}
    small = [text for text in data.source if hashes[text].digest() < (2**64 // 10).to_bytes(8)]
    assert split_dev(data, share=0.1).dev.source == small
    assert 0 < len(small) < len(data)
    assert split_dev(data, share=0.1, salt="x").dev.source != split_dev(data, share=0.1).dev.source


@pytest.mark.parametrize("share", [0, -0.1, 0.51, float("nan")])
def test_the_share_has_bounds(share: float) -> None:
    with pytest.raises(InputError, match="at most"):
        split_dev(sentences(["a"]), share=share)


def test_an_empty_part_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    assert len(split_dev(sentences(["a"]), share=0.01).dev) == 0
    assert "empty" in caplog.text


@given(st.lists(st.text(max_size=3)), st.floats(0.01, 0.5), st.integers(0, 6))
def test_at_least_so_many_are_held_out_where_there_are_as_many(
    source: list[str], share: float, least: int
) -> None:
    held = held_out_sources(source, share=share, least=least)
    keys = {source_key(text) for text in source}
    assert held <= keys
    assert len(held) >= min(least, len(keys))
    by_share = {source_key(text) for text in split_dev(sentences(source), share=share).dev.source}
    assert by_share <= held
    assert len(held) == max(len(by_share), min(least, len(keys)))
