"""Each text is embedded once per prompt, and no bad row gets through."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from isogloss.errors import InputError, ModelShapeError
from isogloss.protocols import BITEXT_MINING, NO_ROLE, STS, Encoder, FloatArray, Progress, Role
from isogloss.vectors import cached as room
from isogloss.vectors.cached import EmbeddedTexts


class Lengths:
    """Embeds a text by its length, with a prompt for every kind of task; remembers what it read."""

    name, fingerprint, dim = "lengths", "abc", 2

    def __init__(self) -> None:
        self.asked: list[str] = []

    def prompt_for(self, role: Role) -> str:
        return "tell: " if role.kind else ""

    def encode(
        self, texts: Sequence[str], *, role: Role = NO_ROLE, progress: Progress | None = None
    ) -> FloatArray:
        read = [self.prompt_for(role) + text for text in texts]
        self.asked += read
        return np.array([[len(text), 1] for text in read], np.float32)


class Given:
    """The least that an encoder may be: it knows no roles, and gives what it was given."""

    fingerprint = "given"

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)

    def encode(self, texts: Sequence[str]) -> Any:
        return self.answers.pop(0)


def test_each_distinct_text_is_embedded_once() -> None:
    encoder = Lengths()
    texts = EmbeddedTexts("mine", encoder)
    assert isinstance(texts, Encoder)
    texts.add(["a dog", "a cat", "a dog"])
    texts.add(["a cat", "a tree"])
    rows = texts.encode(["a tree", "a dog", "a tree", "new"])
    assert sorted(encoder.asked) == ["a cat", "a dog", "a tree", "new"]
    assert rows[:, 0].tolist() == [6, 5, 6, 3]
    assert len(texts) == 4


def test_a_text_is_embedded_once_for_all_roles_that_share_a_prompt() -> None:
    encoder = Lengths()
    texts = EmbeddedTexts("mine", encoder)
    texts.add_by_role([(STS, ["a dog"]), (NO_ROLE, ["a dog"]), (BITEXT_MINING, ["a dog", "a cat"])])
    assert sorted(encoder.asked) == ["a dog", "tell: a cat", "tell: a dog"]
    assert texts.encode(["a dog"], role=STS)[0, 0] == len("tell: a dog")
    assert texts.encode(["a dog"])[0, 0] == len("a dog")
    assert len(encoder.asked) == len(texts) == 3


def test_progress_counts_to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "BLOCK", 2)
    heard: list[int] = []
    EmbeddedTexts("mine", Lengths()).add(["a", "b", "c"], progress=heard.append)
    assert heard == [2, 1]


def test_nan_names_the_model_and_the_number_of_rows() -> None:
    rows = np.ones((3, 2), dtype=np.float32)
    rows[1:, 0] = np.nan
    with pytest.raises(InputError, match=r"model mine gives .* 2 of 3 \(first"):
        EmbeddedTexts("mine", Given(rows)).add(["a", "b", "c"])


def test_shapes_must_fit() -> None:
    with pytest.raises(ModelShapeError, match=r"\(2, 4\) for 3 texts"):
        EmbeddedTexts("mine", Given(np.ones((2, 4)))).add(["a", "b", "c"])
    texts = EmbeddedTexts("mine", Given(np.ones((1, 4)), np.ones((1, 5))))
    texts.add(["a"])
    with pytest.raises(ModelShapeError, match=r"\[4, 5\]"):
        texts.add(["b"])


def test_nothing_asked_is_nothing_embedded() -> None:
    assert EmbeddedTexts("mine", Lengths()).encode([]).shape == (0, 0)


TEXTS = [f"Sentence {number}." for number in range(20)]


def test_vectors_that_tell_nothing_are_named(caplog: pytest.LogCaptureFixture) -> None:
    rows = np.eye(20, dtype=np.float32)
    EmbeddedTexts("sound", Given(rows)).add(TEXTS)
    assert caplog.text == ""
    rows[[3, 7]] = 0
    EmbeddedTexts("mine", Given(rows)).add(TEXTS)
    assert "mine gives 2 of 20 texts a vector of zeros (first: " in caplog.text


def test_one_vector_for_all_texts_is_named(caplog: pytest.LogCaptureFixture) -> None:
    EmbeddedTexts("mine", Given(np.ones((20, 4), np.float32))).add(TEXTS)
    assert "mine gives one and the same vector to all of 20 texts" in caplog.text
    caplog.clear()
    EmbeddedTexts("few", Given(np.ones((2, 4), np.float32))).add(["Yes.", "yes."])
    assert caplog.text == ""


def test_half_a_letter_is_no_text() -> None:
    with pytest.raises(InputError, match=r"'Hello .ud83d', with half a character"):
        EmbeddedTexts("mine", Given()).add(["Hello.", "Hello \ud83d"])
