"""BUCC files, where they lie, and what is mined from them."""

import numpy as np
import pytest

from isogloss.errors import DataFormatError, InputError, MissingFileError
from isogloss.tasks import BuccData, BuccTask, load_task, read_bucc
from isogloss.tasks.kinds.bucc import METRICS

ALONE_DE = ["der himmel ist blau", "gestern fiel regen", "wir essen brot"]
ALONE_EN = ["nobody knows the answer", "three ships arrived"]


def write(path, lines):
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def write_set(prefix, pairs, shift=0):
    """German first, its order turned around; some sentences on both sides have no translation."""
    english = [text for text, _ in pairs] + ALONE_EN
    german = [text for _, text in pairs][::-1] + ALONE_DE
    write(prefix.with_name(prefix.name + ".en"), (f"e{i}\t{t}" for i, t in enumerate(english)))
    write(prefix.with_name(prefix.name + ".de"), (f"d{i}\t{t}" for i, t in enumerate(german)))
    n = len(pairs)
    gold = [f"d{n - 1 - i}\te{i}" for i in range(shift, n)]
    write(prefix.with_name(prefix.name + ".gold"), gold)


@pytest.fixture
def folder(tmp_path, pairs):
    write_set(tmp_path / "de-en.test", pairs)
    write_set(tmp_path / "de-en.train", pairs, shift=4)
    return tmp_path


def values(scores):
    return {score.metric: score.value for score in scores}


@pytest.mark.parametrize("where", ["de-en", "de-en.test"])
def test_train_beside_test_tunes_the_threshold(folder, where, student):
    task = load_task(f"bucc:de-en={folder}/{where}")
    assert (task.kind, task.languages, task.name) == ("bucc", "de-en", "de-en.test")
    assert (len(task.data.gold), len(task.train.gold)) == (24, 20)
    scores = task.score(student)
    assert [score.metric for score in scores] == list(METRICS)
    assert all(score.n == 24 and score.task == "bucc" for score in scores)
    assert "|tuned:train>=" in scores[0].signature
    assert "|tuned:test>=" in scores[3].signature
    assert "pool:27x26" in scores[0].signature


def test_without_train_the_threshold_comes_from_five_folds(folder, student):
    for path in folder.glob("*.train.*"):
        path.unlink()
    task = load_task(f"bucc:de-en={folder}/de-en")
    assert task.train is None
    assert "|tuned:5-folds|" in task.score(student)[0].signature


def test_plain_and_compressed_files_behind_the_prefix(tmp_path, pairs):
    import gzip

    write_set(tmp_path / "de-en", pairs)
    (tmp_path / "de-en.en.gz").write_bytes(gzip.compress((tmp_path / "de-en.en").read_bytes()))
    plain = load_task(f"bucc:de-en={tmp_path}/de-en")
    (tmp_path / "de-en.en").unlink()
    packed = load_task(f"bucc:de-en={tmp_path}/de-en")
    assert plain.data == packed.data
    assert plain.name == "de-en"
    assert plain.fingerprint() == packed.fingerprint()


def test_a_model_that_knows_finds_and_one_that_does_not_misses(folder, toy, german):
    task = load_task(f"bucc:de-en={folder}/de-en")
    perfect = values(task.score(toy("perfect", german)))
    assert 0.9 < perfect["f1"] <= perfect["f1_oracle"]
    assert perfect["mteb_bucc_v2"] == 1
    ignorant = values(task.score(toy("ignorant")))
    assert ignorant["average_precision"] < 0.5 < perfect["average_precision"]
    assert ignorant["f1"] <= ignorant["f1_oracle"] < 0.5
    assert ignorant["mteb_bucc_v2"] < 0.5


def test_every_score_is_the_definition_in_loops(folder, student):
    """Cosines, margins, greedy pairs, threshold on train: written down once more, in loops."""
    task = load_task(f"bucc:de-en={folder}/de-en")
    train, test = _ranked(task.train, student), _ranked(task.data, student)
    cut = _best_cut(train, len(task.train.gold))
    kept = [right for score, right in test if score >= cut]
    found = values(task.score(student))
    assert 0 < sum(kept) < len(kept)
    assert found["precision"] == pytest.approx(sum(kept) / len(kept))
    assert found["recall"] == pytest.approx(sum(kept) / 24)
    assert found["f1"] == pytest.approx(2 * sum(kept) / (len(kept) + 24))
    best = _best_cut(test, 24)
    kept = [right for score, right in test if score >= best]
    assert found["f1_oracle"] == pytest.approx(2 * sum(kept) / (len(kept) + 24))


def _ranked(data, model):
    """Pairs of `max` without a threshold, best first: (score, right)."""
    a, b = (np.asarray(model.encode(list(side.values()))) for side in (data.source, data.target))
    a, b = (rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (a, b))
    cos = (a @ b.T).astype(np.float64)
    near_a, near_b = -np.sort(-cos, axis=1)[:, :4], -np.sort(-cos.T, axis=1)[:, :4]
    margin = cos / ((near_a.mean(axis=1)[:, None] + near_b.mean(axis=1)) / 2)
    pairs = {(i, max(np.argsort(-cos[i])[:4], key=lambda j: margin[i, j])) for i in range(len(a))}
    pairs |= {
        (max(np.argsort(-cos[:, j])[:4], key=lambda i: margin[i, j]), j) for j in range(len(b))
    }
    ids = list(data.source), list(data.target)
    taken, ranked = set(), []
    for i, j in sorted(pairs, key=lambda pair: -margin[pair]):
        if ("a", i) not in taken and ("b", j) not in taken:
            taken |= {("a", i), ("b", j)}
            ranked.append((margin[i, j], (ids[0][i], ids[1][j]) in data.gold))
    return ranked


def _best_cut(ranked, n_gold):
    f1 = [2 * sum(r for _, r in ranked[:n]) / (n + n_gold) for n in range(1, len(ranked) + 1)]
    best = int(np.argmax(f1))
    after = min(best + 1, len(ranked) - 1)
    return (ranked[best][0] + ranked[after][0]) / 2


def test_equal_texts_are_searched_once_and_keep_all_their_ids(toy, german):
    rows = {"a dog sleeps": "ein hund schläft", "a cat runs": "ein katze läuft"}
    source = {"d1": "ein hund schläft", "d2": "ein katze läuft", "d3": "ein hund schläft"}
    target = {f"e{i}": text for i, text in enumerate(rows, start=1)}
    # gold knows the second id of the repeated sentence only
    data = BuccData(source, target, (("d3", "e1"), ("d2", "e2")))
    scores = BuccTask("de-en", data).score(toy("perfect", german))
    assert values(scores)["f1_oracle"] == values(scores)["recall"] == 1
    assert "pool:2x2" in scores[0].signature


def test_no_gold_is_no_value(toy):
    data = BuccData({"d": "ein hund"}, {"e": "a dog"}, ())
    for score in BuccTask("de-en", data).score(toy()):
        assert score.value is None
        assert "gold" in score.reason
    with pytest.raises(InputError, match="gold pair d x has an id without a sentence"):
        BuccData({"d": "ein hund"}, {"e": "a dog"}, (("d", "x"),))


@pytest.mark.parametrize(
    ("file", "line", "words"),
    [
        ("de", "only-an-id", r"de-en\.de, line 28: one column; expected an id and a sentence"),
        ("de", "d90\ta\tb", "line 28: 3 columns"),
        ("en", "e90\t ", r"de-en\.en, line 27: an empty column"),
        ("de", "d0\tnoch einmal", "line 28: id 'd0' stands in line 1 already"),
        ("gold", "d99\te0", r"de-en\.gold, line 25: id 'd99' is not in de-en\.de"),
        ("gold", "d0\te99", r"line 25: id 'e99' is not in de-en\.en"),
        ("gold", "e0\td0", "name the languages in the other order"),
        ("gold", "d23\te0", "the pair d23 e0 stands in line 1 already"),
        ("gold", "d0", "line 25: one column; expected a source id and a target id"),
    ],
)
def test_lines_that_cannot_be_used_are_refused_with_their_number(
    tmp_path, pairs, file, line, words
):
    write_set(tmp_path / "de-en", pairs)
    with (tmp_path / f"de-en.{file}").open("a", encoding="utf-8") as stream:
        stream.write(f"{line}\n")
    with pytest.raises(DataFormatError, match=words):
        load_task(f"bucc:de-en={tmp_path}/de-en")


def test_a_header_is_no_sentence(tmp_path, pairs, caplog):
    write_set(tmp_path / "x", pairs)
    paths = [tmp_path / f"x.{end}" for end in ("de", "en", "gold")]
    before = read_bucc(*paths)
    assert caplog.text == ""
    for path in paths[:2]:
        path.write_text(f"id\tsentence\n{path.read_text('utf-8')}", encoding="utf-8")
    assert read_bucc(*paths) == before
    assert "x.de, line 1: 'id' is no id like the others" in caplog.text


def test_ids_of_letters_are_ids(tmp_path):
    for end, one in (("de", "a"), ("en", "b")):
        write(tmp_path / f"x.{end}", [f"{one}x\tEin Satz.", f"{one}y\tNoch einer."])
    write(tmp_path / "x.gold", ["ax\tbx"])
    assert list(read_bucc(*(tmp_path / f"x.{e}" for e in ("de", "en", "gold"))).source) == [
        "ax",
        "ay",
    ]


@pytest.mark.parametrize("empty", ["de", "en", "gold"])
def test_empty_files_are_refused(tmp_path, pairs, empty):
    write_set(tmp_path / "x", pairs)
    (tmp_path / f"x.{empty}").write_text("\n", encoding="utf-8")
    with pytest.raises(DataFormatError, match="holds no" if empty != "gold" else "holds no pair"):
        read_bucc(*(tmp_path / f"x.{end}" for end in ("de", "en", "gold")))


@pytest.mark.parametrize("missing", ["de-en.test.gold", "de-en.train.en"])
def test_a_missing_file_of_either_part_is_named(folder, missing):
    (folder / missing).unlink()
    with pytest.raises(MissingFileError, match=f"{missing} does not exist; expected"):
        load_task(f"bucc:de-en={folder}/de-en")
    with pytest.raises(MissingFileError, match=r"fr-en\.fr does not exist"):
        load_task(f"bucc:fr-en={folder}/fr-en")
