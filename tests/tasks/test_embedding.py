"""Each text once, and no bad row gets through."""

import numpy as np
import pytest

from isogloss.errors import InputError, ModelShapeError
from isogloss.protocols import BITEXT_MINING, STS, Encoder, Use
from isogloss.tasks import EmbeddedTexts
from isogloss.vectors import cached as embedding


class Given:
    fingerprint = "given"

    def __init__(self, *answers):
        self.answers = list(answers)

    def encode(self, sentences):
        return self.answers.pop(0)


def test_each_distinct_text_is_embedded_once(toy):
    encoder = toy()
    texts = EmbeddedTexts("toy", encoder)
    assert isinstance(texts, Encoder)
    texts.add(["a dog", "a cat", "a dog"])
    texts.add(["a cat", "a tree"])
    rows = texts.encode(["a tree", "a dog", "a tree", "new"])
    assert sorted(encoder.asked) == ["a cat", "a dog", "a tree", "new"]
    np.testing.assert_array_equal(rows, toy().encode(["a tree", "a dog", "a tree", "new"]))
    assert len(texts) == 4


def test_progress_counts_to_the_end(toy, monkeypatch):
    monkeypatch.setattr(embedding, "BLOCK", 2)
    seen = []
    EmbeddedTexts("toy", toy()).add(["a", "b", "c"], progress=lambda *step: seen.append(step))
    assert seen == [("toy", 2, 3), ("toy", 3, 3)]


def test_nan_names_the_model_and_the_number_of_rows():
    rows = np.ones((3, 2), dtype=np.float32)
    rows[1:, 0] = np.nan
    with pytest.raises(InputError, match=r"model mine gives .* 2 of 3 \(first"):
        EmbeddedTexts("mine", Given(rows)).add(["a", "b", "c"])


def test_shapes_must_fit():
    with pytest.raises(ModelShapeError, match=r"\(2, 4\) for 3 texts"):
        EmbeddedTexts("mine", Given(np.ones((2, 4)))).add(["a", "b", "c"])
    texts = EmbeddedTexts("mine", Given(np.ones((1, 4)), np.ones((1, 5))))
    texts.add(["a"])
    with pytest.raises(ModelShapeError, match=r"\[4, 5\]"):
        texts.add(["b"])


def test_nothing_asked_is_nothing_embedded(toy):
    assert EmbeddedTexts("toy", toy()).encode([]).shape == (0, 0)


def test_a_text_is_embedded_once_for_all_uses_that_share_a_prompt(toy):
    class Prompted(toy):
        prompt, identity = "", "prompted"

        def for_use(self, use):
            reader = Prompted()
            reader.asked, reader.prompt = self.asked, "tell: " if use.kind else ""
            return reader

        def encode(self, sentences):
            return super().encode([self.prompt + text for text in sentences])

    encoder = Prompted()
    texts = EmbeddedTexts("toy", encoder)
    texts.add_by_use([(STS, ["a dog"]), (Use(), ["a dog"]), (BITEXT_MINING, ["a dog", "a cat"])])
    assert sorted(encoder.asked) == ["a dog", "tell: a cat", "tell: a dog"]
    told = texts.for_use(STS).encode(["a dog"])
    np.testing.assert_array_equal(told, toy().encode(["tell: a dog"]))
    np.testing.assert_array_equal(texts.encode(["a dog"]), toy().encode(["a dog"]))
    assert len(encoder.asked) == 3


TEXTS = [f"Sentence {number}." for number in range(20)]


def test_vectors_that_tell_nothing_are_named(caplog):
    rows = np.eye(20, dtype=np.float32)
    EmbeddedTexts("sound", Given(rows)).add(TEXTS)
    assert caplog.text == ""
    rows[[3, 7]] = 0
    EmbeddedTexts("mine", Given(rows)).add(TEXTS)
    assert "mine gives 2 of 20 texts a vector of zeros (first: " in caplog.text


def test_one_vector_for_all_texts_is_named(caplog):
    EmbeddedTexts("mine", Given(np.ones((20, 4), np.float32))).add(TEXTS)
    assert "mine gives one and the same vector to all of 20 texts" in caplog.text
    caplog.clear()
    EmbeddedTexts("few", Given(np.ones((2, 4), np.float32))).add(["Yes.", "yes."])
    assert caplog.text == ""


def test_half_a_letter_is_no_text():
    with pytest.raises(InputError, match=r"'Hello .ud83d' holds half of a letter"):
        EmbeddedTexts("mine", Given()).add(["Hello.", "Hello \ud83d"])
