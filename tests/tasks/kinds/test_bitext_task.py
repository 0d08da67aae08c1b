"""Bitext files and the search for translations."""

import json

import numpy as np
import pytest
from sklearn.metrics import f1_score

from isogloss.data import parse_where
from isogloss.errors import DataFormatError, InputError
from isogloss.tasks import BitextData, BitextTask, Settings, read_bitext
from isogloss.vectors import normalize

METRICS = [
    "accuracy_source_to_target",
    "accuracy_target_to_source",
    "accuracy_mean",
    "accuracy_at_5_source_to_target",
    "accuracy_at_5_target_to_source",
    "accuracy_at_10_source_to_target",
    "accuracy_at_10_target_to_source",
    "xsim_error",
    "mteb_tatoeba_f1",
]
PERFECT = dict(zip(METRICS, (1, 1, 1, 1, 1, 1, 1, 0, 1), strict=True))


def write(path, lines):
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="\n")
    return path


@pytest.fixture
def score(table):
    """Scores of embeddings, row by row; equal texts have equal ones."""

    def scored(source, target, data, **settings):
        rows = [*zip(data.source, source, strict=True), *zip(data.target, target, strict=True)]
        return BitextTask("en-de", data).score(table(dict(rows)), **settings)

    return scored


def values(scores):
    return {score.metric: score.value for score in scores}


def test_tsv_and_two_files_give_the_same_pairs(tmp_path, pairs):
    tsv = write(tmp_path / "a.tsv", ("\t".join((*pair, "corpus")) for pair in pairs))
    source = write(tmp_path / "a.en", (english for english, _ in pairs))
    target = write(tmp_path / "a.de", (german for _, german in pairs))
    data = read_bitext(tsv)
    assert list(zip(data.source, data.target, strict=True)) == pairs
    assert read_bitext(source, target) == data
    assert read_bitext(source, target).fingerprint() == data.fingerprint()


def test_unequal_files_are_refused_with_both_counts(tmp_path):
    source = write(tmp_path / "a.en", ["one", "two", "three"])
    target = write(tmp_path / "a.de", ["eins", "zwei"])
    with pytest.raises(DataFormatError, match=r"has 3 lines but .* has 2"):
        read_bitext(source, target)


def test_empty_sides_are_dropped_and_counted(tmp_path):
    source = write(tmp_path / "a.en", ["one", "", "three"])
    target = write(tmp_path / "a.de", ["eins", "zwei", " "])
    data = read_bitext(source, target)
    assert (data.source, data.target) == (["one"], ["eins"])
    assert data.dropped == {"empty side": 2}


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["one\teins", "two"], "line 2: one column"),
        (["4.5\ta\tb", "0\tc\td"], "is an STS file"),
        ([], "0 rows and no usable pair"),
    ],
)
def test_other_files_are_refused(tmp_path, lines, words):
    with pytest.raises(DataFormatError, match=words):
        read_bitext(write(tmp_path / "a.tsv", lines))


def test_a_perfect_and_an_ignorant_model(toy, german, pairs):
    data = BitextData([a for a, _ in pairs], [b for _, b in pairs])
    task = BitextTask("en-de", data, "a.tsv")
    perfect = task.score(toy("perfect", german))
    assert [score.metric for score in perfect] == METRICS
    assert values(perfect) == PERFECT
    assert all(score.n == len(pairs) and score.languages == "en-de" for score in perfect)
    assert all(score.low <= score.value <= score.high for score in perfect)
    ignorant = values(task.score(toy("ignorant")))
    assert ignorant["accuracy_mean"] < 0.5 < ignorant["xsim_error"]


def test_directions_are_not_mixed_up(score):
    source = np.array([[1, 0], [0.9, 0.1], [0, 1]], dtype=np.float32)
    target = np.array([[1, 0], [1, 0.05], [0.1, 1]], dtype=np.float32)
    found = values(score(source, target, BitextData(["a", "b", "c"], ["x", "y", "z"])))
    cosines = source @ target.T / np.linalg.norm(source, axis=1)[:, None]
    cosines /= np.linalg.norm(target, axis=1)
    assert found[METRICS[0]] == pytest.approx(np.mean(cosines.argmax(axis=1) == np.arange(3)))
    assert found[METRICS[1]] == pytest.approx(np.mean(cosines.argmax(axis=0) == np.arange(3)))
    assert found[METRICS[0]] > found[METRICS[1]]
    assert found[METRICS[2]] == pytest.approx((found[METRICS[0]] + found[METRICS[1]]) / 2)


def test_a_hit_on_an_equal_text_is_right(score):
    rows = np.eye(3, dtype=np.float32)[[0, 1, 0, 2]]
    data = BitextData(["a", "b", "a", "c"], ["x", "y", "x", "z"])
    found = values(score(rows, rows, data))
    small = {metric for metric in METRICS if "_at_" in metric}
    assert {metric for metric, value in found.items() if value is None} == small
    # mteb counts rows: the third sentence finds the first of two equal texts
    expected = PERFECT | dict.fromkeys(small) | {"mteb_tatoeba_f1": (2 / 3 + 1 + 0 + 1) / 4}
    assert found == pytest.approx(expected)


def test_margin_finds_what_a_hub_hides(score):
    # target 2 is a hub: nearest by cosine to sources 0 and 1; the margin looks past it
    generator = np.random.default_rng(1)
    source = generator.normal(size=(40, 12)).astype(np.float32)
    target = (source + generator.normal(size=(40, 12)) * 0.6).astype(np.float32)
    target[2] = source.mean(axis=0) + source[2] * 0.3
    found = values(score(source + 1, target + 1, named(40)))
    assert found["xsim_error"] < 1 - found["accuracy_source_to_target"]


def named(n):
    return BitextData([f"s{i}" for i in range(n)], [f"t{i}" for i in range(n)])


def noisy(n=60, width=10):
    generator = np.random.default_rng(5)
    source = generator.normal(size=(n, width)).astype(np.float32)
    target = (source + generator.normal(size=(n, width))).astype(np.float32)
    return source, target, named(n)


def test_accuracy_at_k_is_the_share_of_rows_whose_own_is_among_k(score):
    source, target, data = noisy()
    found = values(score(source, target, data))
    cosines = normalize(source) @ normalize(target).T
    for k in (5, 10):
        for side, table in (("source_to_target", cosines), ("target_to_source", cosines.T)):
            own = [i in np.argsort(-row)[:k] for i, row in enumerate(table)]
            assert found[f"accuracy_at_{k}_{side}"] == pytest.approx(np.mean(own))


def test_mteb_tatoeba_f1_is_scikit_learns(score):
    source, target, data = noisy()
    nearest = (normalize(source) @ normalize(target).T).argmax(axis=1)
    expected = f1_score(np.arange(60), nearest, average="weighted", zero_division=0)
    found = values(score(source, target, data))
    assert 0 < expected < 1
    assert found["mteb_tatoeba_f1"] == pytest.approx(expected)


def test_nearest_by_margin_is_signed_and_is_the_best_margin_of_ten(score):
    source, target, data = noisy()
    scores = score(source, target, data, settings=Settings(nearest_by="margin"))
    cosines = normalize(source) @ normalize(target).T
    around_source = np.sort(cosines, axis=1)[:, -4:].mean(axis=1)
    around_target = np.sort(cosines, axis=0)[-4:].mean(axis=0)
    margins = cosines / ((around_source[:, None] + around_target) / 2)
    for side, table, near in (
        ("source_to_target", margins, cosines),
        ("target_to_source", margins.T, cosines.T),
    ):
        right = 0
        for i in range(60):
            candidates = np.argsort(-near[i])[:10]
            right += candidates[np.argmax(table[i, candidates])] == i
        assert values(scores)[f"accuracy_{side}"] == pytest.approx(right / 60)
    by_cosine = score(source, target, data)
    assert values(scores)["accuracy_mean"] > values(by_cosine)["accuracy_mean"]
    assert "|by:margin-ratio-k4|" in scores[0].signature
    assert "by:" not in by_cosine[0].signature
    with pytest.raises(InputError, match="nearest_by is 'dot'"):
        Settings(nearest_by="dot")


def test_one_pair_has_no_value(score):
    rows = np.ones((1, 4), dtype=np.float32)
    for one in score(rows, rows, BitextData(["a"], ["b"])):
        assert one.value is None
        assert "at least 2" in one.reason


def test_lengths_must_fit(score):
    with pytest.raises(InputError, match="2 source and 1 target"):
        BitextData(["a", "b"], ["c"])


def test_an_encoder_gives_a_row_for_every_sentence(toy, monkeypatch):
    encoder = toy()
    monkeypatch.setattr(encoder, "encode", lambda texts: np.ones((3, 2), np.float32))
    with pytest.raises(InputError, match="3 source embeddings for 1 items"):
        BitextTask("en-de", BitextData(["a"], ["b"])).score(encoder)


def test_half_a_letter_is_named_with_its_line(tmp_path):
    rows = [{"en": f"Hello {n} there.", "de": f"Hallo {n}"} for n in range(4)]
    rows[2]["de"] += " \ud83d"
    path = tmp_path / "s.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    with pytest.raises(DataFormatError, match=r"line 3: lone surrogate .*anew as UTF-8"):
        read_bitext(parse_where(f"en-de={path}"))
