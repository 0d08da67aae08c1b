"""Inference data as triplets."""

from pathlib import Path

import pytest

from isogloss.data.graded.nli import Triplet, read_triplets
from isogloss.errors import DataFormatError

LABELLED = """gold_label\tsentence1\tsentence2
entailment\tA boy swims.\tSomebody swims.
contradiction\tA boy swims.\tThe pool is empty.
neutral\tA boy swims.\tThe boy is happy.
entailment\tA boy swims.\tA child is in the water.
entailment\tA woman reads.\tSomebody reads.
"""


@pytest.fixture
def place(tmp_path: Path):
    def make(text: str, name: str = "nli.tsv") -> str:
        (tmp_path / name).write_text(text, encoding="utf-8")
        return f"en={tmp_path / name}"

    return make


def test_an_entailment_stands_beside_a_contradiction_of_its_premise(place) -> None:
    assert read_triplets(place(LABELLED), seed=0) == [
        Triplet("A boy swims.", "Somebody swims.", "The pool is empty."),
        Triplet("A boy swims.", "A child is in the water.", "The pool is empty."),
    ]


def test_labels_may_be_numbers_and_columns_called_otherwise(place) -> None:
    text = 'premise,hypothesis,label\n"a, b",c,0\n"a, b",d,2\n'
    assert read_triplets(place(text, "nli.csv"), seed=0) == [Triplet("a, b", "c", "d")]


def test_triplets_and_pairs_are_taken_as_they_are(place) -> None:
    assert read_triplets(place("a\tb\tc\nd\te\n"), seed=0) == [
        Triplet("a", "b", "c"),
        Triplet("d", "e", "e"),
    ]
    named = place("anchor\tpositive\tnegative\na\tb\tc\n")
    assert read_triplets(named, seed=0) == [Triplet("a", "b", "c")]


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("only one\n", "line 1: 1 columns"),
        (LABELLED.replace("neutral", "perhaps"), "line 4: label is 'perhaps'"),
        ("label\tsentence1\tsentence2\nneutral\ta\tb\n", "no triplet"),
        ("", "no triplet"),
    ],
)
def test_what_makes_no_triplet_is_refused(place, text: str, match: str) -> None:
    with pytest.raises(DataFormatError, match=match):
        read_triplets(place(text), seed=0)


@pytest.mark.parametrize(
    ("text", "name", "match"),
    [
        ("".join(f"{at}\tIt is so.\tIt is.\n" for at in range(9)), "a.tsv", "anchor holds numbers"),
        ("premise;hypothesis;label\nA;B;0\n", "a.csv", "semicolons between its columns"),
        ('{"premise": "A", "hypothesis": "B"}\n', "a.jsonl", "is JSON"),
        ('anchor,positive\n"A,B\nC,D\n', "a.csv", "line 3: unexpected end.*repair the quotes"),
    ],
)
def test_other_tables_are_named(place, text: str, name: str, match: str) -> None:
    with pytest.raises(DataFormatError, match=match):
        read_triplets(place(text, name), seed=0)


@pytest.mark.parametrize("labels", [("entailment", "Contradiction"), ("0", "2"), ("0.0", "2.0")])
@pytest.mark.parametrize("header", ["", "premise\thypothesis\tanswer\n", "a\tb\tlabel\n"])
def test_labels_without_a_name_are_no_negatives(
    place, labels: tuple[str, str], header: str
) -> None:
    rows = [f"A man {at}.\tA person {at}.\t{labels[at % 2]}\n" for at in range(20)]
    with pytest.raises(DataFormatError, match=r"column 3 holds labels.*premise, hypothesis, label"):
        read_triplets(place(header + "".join(rows)), seed=0)


def test_labels_first_are_no_anchors(place) -> None:
    text = LABELLED.partition("\n")[2]
    with pytest.raises(DataFormatError, match=r"column 1 holds labels.*write the header"):
        read_triplets(place(text), seed=0)


def test_a_label_among_negatives_is_a_text(place) -> None:
    rows = [f"A man {at}.\tA person {at}.\tA cat {at}.\n" for at in range(5)]
    found = read_triplets(place("".join(rows) + "Not so.\tNo.\tneutral\n"), seed=0)
    assert found[-1] == Triplet("Not so.", "No.", "neutral")


def test_labels_may_be_fractions_as_pandas_writes_them(place) -> None:
    text = "premise,hypothesis,label\na,b,0.0\na,c,2.0\na,d,1.0\n"
    assert read_triplets(place(text, "nli.csv"), seed=0) == [Triplet("a", "b", "c")]
