"""Hashes of texts, and sets of them that stay small."""

from array import array
from hashlib import blake2b

_FIRST = 1 << 10
_FULL = 0.66


def text_key(text: str) -> int:
    """A 64-bit hash of a text, the same on every machine."""
    return key_of(text.encode("utf-8", "surrogatepass"))


def key_of(data: bytes) -> int:
    """A 64-bit hash of bytes, the same on every machine."""
    return int.from_bytes(blake2b(data, digest_size=8).digest(), "little")


class KeySet:
    """A set of 64-bit hashes in 12 to 24 bytes each, where Python's takes about a hundred.

    Two texts of ten million have one hash with a chance of 3 in a million.
    """

    def __init__(self) -> None:
        self._table = array("Q", [0]) * _FIRST
        self._mask, self._n, self._most = _FIRST - 1, 0, int(_FULL * _FIRST)

    def __len__(self) -> int:
        return self._n

    def __contains__(self, key: int) -> bool:
        table, mask = self._table, self._mask
        key = key or 1
        at = key & mask
        while (held := table[at]) and held != key:
            at = (at + 1) & mask
        return held != 0

    def add(self, key: int) -> bool:
        """Put a hash into the set; whether it was not there.

        Args:
            key: evenly spread over 64 bits.
        """
        table, mask = self._table, self._mask
        key = key or 1  # 0 is a free place
        at = key & mask  # from its own place on, the next that is free
        while held := table[at]:
            if held == key:
                return False
            at = (at + 1) & mask
        table[at] = key
        self._n += 1
        if self._n > self._most:
            self._grow()
        return True

    def _grow(self) -> None:
        """Put all keys into a table that is twice as large."""
        import numpy as np

        old = np.frombuffer(self._table, np.uint64)
        keys = old[old != 0]
        size = 2 * len(old)
        self._table, self._mask, self._most = array("Q", [0]) * size, size - 1, int(_FULL * size)
        table, mask = np.frombuffer(self._table, np.uint64), np.uint64(self._mask)
        at = keys & mask
        while len(keys):
            free = table[at] == 0
            table[at[free]] = keys[free]  # of several keys at one place the last one stays
            left = table[at] != keys
            keys, at = keys[left], (at[left] + np.uint64(1)) & mask
