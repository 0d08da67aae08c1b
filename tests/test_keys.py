"""A compact set of hashes is a set."""

import random

from hypothesis import given
from hypothesis import strategies as st

from isogloss.keys import KeySet, key_of, text_key

CROWDED = st.sampled_from([0, 1, 2, 1 << 10, 1 << 11, (1 << 64) - 1, (1 << 63) + 1])
"""Keys of which several want one place in the table, and the one that marks a free place."""


@given(st.lists(CROWDED | st.integers(0, (1 << 64) - 1), max_size=200))
def test_it_tells_what_it_has(keys: list[int]) -> None:
    found, known = KeySet(), set()
    for key in keys:
        key = key or 1
        assert (key in found) == (key in known)
        assert found.add(key) == (key not in known)
        known.add(key)
    assert len(found) == len(known)


def test_it_grows_and_keeps_all() -> None:
    draw = random.Random(0)
    keys = [draw.getrandbits(64) for _ in range(20_000)]
    near = [key + 1 << 20 & (1 << 64) - 1 for key in range(300)]  # of one place, at first
    found = KeySet()
    assert all(found.add(key) for key in [*keys, *near])
    assert not any(found.add(key) for key in [*near, *keys])
    assert len(found) == 20_300
    assert len(found._table) * 8 < 24 * len(found)
    assert not any(draw.getrandbits(64) in found for _ in range(1_000))


def test_a_hash_is_the_same_on_every_machine() -> None:
    assert text_key("Kessel") == key_of(b"Kessel") == 0xF2B8D9788934EC6F
    assert text_key("\ud800") != text_key("\ud801")
