"""English sentences with one thing changed, by rule."""

import re

import pytest

from isogloss.tasks.kinds.hard_negatives import PER_KIND, hard_negatives


def changed(*sentences: str, kind: str) -> list[str]:
    return [one.text for one in hard_negatives(sentences) if one.kind == kind]


def test_a_number_becomes_another_of_its_shape():
    found = changed("In 1984 it cost 3.50 dollars.", kind="number")
    assert len(found) == PER_KIND
    for text in found:
        assert re.fullmatch(r"In [1-9]\d{3} it cost [1-9]\.\d\d dollars\.", text)
        assert text != "In 1984 it cost 3.50 dollars."


def test_a_number_word_becomes_another():
    found = changed("Seven birds saw two cats.", kind="number")
    assert found
    for text in found:
        one, other = re.fullmatch(r"(\w+) birds saw (\w+) cats\.", text).groups()
        assert (one == "Seven") != (other == "two")
        assert one[0].isupper()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The door is open.", ["The door is not open."]),
        ("The door is not open.", ["The door is open."]),
        ("She can't swim.", ["She can swim."]),
        ("He won\u2019t come.", ["He will come."]),
        ("They cannot win.", ["They can win."]),
        ("We never slept.", ["We slept."]),
        ("It was late and we were tired.", ["It was not late and we were tired."]),
        ("Birds sing.", []),
    ],
)
def test_a_negation_is_put_in_or_taken_out(text, expected):
    assert changed(text, kind="negation")[:1] == expected


def test_names_used_twice_are_exchanged():
    texts = [
        "We met Anna in Paris.",
        "Later Anna went home.",
        "He saw Paris and New York.",
        "In New York it rained.",
    ]
    found = {one.text: one.row for one in hard_negatives(texts) if one.kind == "entity"}
    assert "We met Anna in Paris." not in found
    assert found
    for text, row in found.items():
        before, after = texts[row].rstrip(".").split(), text.rstrip(".").split()
        assert before[0] == after[0] or row == 3
        assert sum(name in text for name in ("Anna", "Paris", "New York")) >= 1
    assert {0, 1, 2} <= set(found.values())
    assert "Later Paris went home." in found
    # a name that occurs once, and a word that is capital only at the start, are no names
    assert changed("Later Bob went home.", "Later it rained.", kind="entity") == []


def test_every_changed_sentence_is_new_and_comes_once():
    texts = [
        "The door is open.",
        "The door is not open.",
        "Two men saw 3 dogs.",
        "Two men saw 4 dogs.",
    ]
    found = [one.text for one in hard_negatives(texts)]
    assert len(set(found)) == len(found)
    assert not set(found) & set(texts)
    assert hard_negatives(texts) == hard_negatives(texts)
    rows = [one.row for one in hard_negatives(texts)]
    assert rows == sorted(rows)


def test_the_seed_chooses_other_numbers():
    text = ["Room 123456 is free."]
    assert hard_negatives(text, seed=0) != hard_negatives(text, seed=1)
    assert len([x for x in hard_negatives(text, per_kind=1) if x.kind == "number"]) == 1
