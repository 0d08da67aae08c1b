"""A search without the languages' means finds across languages."""

import logging
from typing import Any

import numpy as np
import pytest

from isogloss.errors import (
    InputError,
)
from isogloss.search.index import (
    Document,
)

from .documents import Build, ids, numbered


def shifted(words: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let German words lie in a region of their own."""
    plain = words.encode
    offset = 6 * np.eye(1, 32, dtype=np.float32)[0]

    def encode(texts: Any, **more: Any) -> Any:
        german = np.array([text.startswith("de") for text in texts])
        return plain([text[3:] for text in texts]) + german[:, None] * offset

    monkeypatch.setattr(words, "encode", encode)


def test_recentering_finds_across_languages_what_an_offset_hid(
    built: Build, words: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    shifted(words, monkeypatch)
    texts = [f"word{n % 9} thing{n} item{n % 5}" for n in range(40)]
    index = built(
        [
            Document(f"{code} {text}", f"{code}{n}", code)
            for n, text in enumerate(texts)
            for code in ("en", "de")
        ]
    )
    query = "de " + texts[7]
    assert all(name.startswith("de") for name in ids(index, query, k=20))
    assert set(ids(index, query, k=2, recenter=True, language="de")) == {"de7", "en7"}
    before, after = index.recentered.preference.before, index.recentered.preference.after
    assert min(before.values()) > 0.8
    assert max(after.values()) < 0.5  # each has its translation in the other language
    with pytest.raises(InputError, match=r"'fr' has 0 documents.*de, en"):
        index.search([query], recenter=True, language="fr")


def test_a_language_of_few_documents_has_the_mean_of_the_others(
    built: Build, caplog: pytest.LogCaptureFixture
) -> None:
    index = built([*numbered(60), Document("word1 alone", "x", "fr"), Document("word2", "y")])
    with caplog.at_level(logging.WARNING):
        assert ids(index, "word1 alone", k=1, recenter=True) == ["x"]
    assert "unknown (1)" in caplog.text
    assert "fr (1)" in caplog.text


def test_recentering_without_languages_is_refused(built: Build) -> None:
    with pytest.raises(InputError, match="no language has 20 texts"):
        built().search(["x"], recenter=True)
