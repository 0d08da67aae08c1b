"""Examples that are written block by block are the arrays that they would be in one piece."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isogloss.data.token_table import TokenTable
from isogloss.training.distill.examples import Examples, ExamplesWriter, pad_batch
from isogloss.vectors.store import hash_texts

SENTENCES = st.lists(st.lists(st.integers(0, 30_000), min_size=1, max_size=6), max_size=5)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(st.lists(st.tuples(st.sampled_from(["de", "uk"]), SENTENCES), min_size=1, max_size=6))
def test_blocks_are_put_behind_each_other(
    tmp_path: Path, blocks: list[tuple[str, list[list[int]]]]
) -> None:
    blocks = sorted(blocks, key=lambda block: block[0])
    sentences = [[7], *(ids for _, some in blocks for ids in some)]
    keys = hash_texts([str(number) for number in range(len(sentences))])
    with ExamplesWriter(tmp_path) as writer:
        writer.add("en", TokenTable.from_sentences(sentences[:1]), keys[:1])
        start = 1
        for name, some in blocks:
            table = TokenTable.from_sentences(some)
            writer.add(name, table, keys[start : start + len(some)])
            start += len(some)
    whole = TokenTable.from_sentences(sentences)
    for name, array in (("tokens", whole.tokens), ("offsets", whole.offsets), ("keys", keys)):
        np.save(tmp_path / "whole.npy", array)
        written = (tmp_path / f"{name}.npy").read_bytes()
        assert written == (tmp_path / "whole.npy").read_bytes()
    examples = Examples.read(tmp_path)
    assert examples.streams["en"] == (0, 1)
    start = 1
    for name in dict.fromkeys(name for name, _ in blocks):
        end = start + sum(len(some) for other, some in blocks if other == name)
        assert examples.streams[name] == (start, end)
        start = end
    rows = np.arange(len(sentences))[::-1]
    ids, mask = pad_batch(examples.table, rows, pad=-1)
    read = [row[kept == 1].tolist() for row, kept in zip(ids.numpy(), mask.numpy(), strict=True)]
    assert read == sentences[::-1]


def test_examples_that_were_interrupted_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), ExamplesWriter(tmp_path) as writer:
        writer.add("de", TokenTable.from_sentences([[1, 2]]), hash_texts(["a"]))
        raise RuntimeError("the power fails")
    with pytest.raises(FileNotFoundError):
        Examples.read(tmp_path)
