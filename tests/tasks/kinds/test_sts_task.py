"""STS files in every layout the field has, each mistake named with its line, and the scores."""

import gzip
import lzma

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics.pairwise import paired_cosine_distances

from isogloss.errors import DataFormatError, InputError, MissingFileError
from isogloss.tasks import StsData, StsTask, read_sts, score_retention
from isogloss.vectors import paired_cosines

ROWS = [(4.5, "a cat sleeps", "the cat sleeps"), (0.0, "rain", "a red car"), (2.5, "x", "y")]
TSV = "".join(f"{score}\t{first}\t{second}\n" for score, first, second in ROWS)
FILES = {
    "plain.tsv": TSV,
    "suffix.txt": TSV,
    "windows.tsv": "\ufeff" + TSV.replace("\n", "\r\n"),
    "no-end.tsv": TSV.rstrip("\n"),
    "blank.tsv": TSV.replace("\n", "\n\n"),
    "more.tsv": TSV.replace("\n", "\tsource\n"),
    "header.tsv": "Sentence 1\tsentence2\tsimilarity_score\n"
    + "".join(f"{first}\t{second}\t{score}\n" for score, first, second in ROWS),
    "score-last.tsv": "".join(f"{first}\t{second}\t{score}\n" for score, first, second in ROWS),
    "seven-columns.csv": "".join(
        f"main-captions\tMSRvid\t2012\t0001\t{score}\t{first}\t{second}\n"
        for score, first, second in ROWS
    ),
    "header.csv": "id,score,sentence1,sentence2\n"
    + "".join(f'7,{score},"{first}",{second}\n' for score, first, second in ROWS),
    "score-last.csv": "".join(f'"{first}",{second},{score}\n' for score, first, second in ROWS),
}


def write(folder, text, name="file.tsv"):
    path = folder / name
    path.write_bytes(text.encode("utf-8"))
    return path


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("pack", [None, "gz", "xz"])
def test_every_layout_gives_the_same_pairs(tmp_path, name, pack):
    content = FILES[name].encode("utf-8")
    packed = {None: bytes, "gz": gzip.compress, "xz": lzma.compress}[pack](content)
    path = tmp_path / (f"{name}.{pack}" if pack else name)
    path.write_bytes(packed)
    data = read_sts(path)
    assert list(zip(data.gold, data.sentences1, data.sentences2, strict=True)) == ROWS
    assert data.dropped == {}
    assert data.fingerprint() == read_sts(write(tmp_path, TSV)).fingerprint()


def test_stray_quotes_and_odd_line_ends_break_nothing(tmp_path):
    text = '3\t"open\tno "end" here\n1\ta\u2028b\tc\x85d\r e\n2\t\'tis\t"closed"\n'
    data = read_sts(write(tmp_path, text))
    assert data.sentences1 == ['"open', "a\u2028b", "'tis"]
    assert data.sentences2 == ['no "end" here', "c\x85d\r e", '"closed"']


sentences = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\t\n\r"), min_size=1
).filter(lambda text: text.strip() == text)


@given(st.lists(st.tuples(st.floats(0, 5), sentences, sentences), min_size=1))
def test_round_trip(new_folder, rows):
    rows = [(5.0, "top", "top"), *rows]
    text = "".join(f"{score!r}\t{first}\t{second}\n" for score, first, second in rows)
    data = read_sts(write(new_folder(), text))
    assert list(zip(data.gold, data.sentences1, data.sentences2, strict=True)) == rows


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1\ta\tb\nfive\ta\tb\n", "line 2: score is 'five'"),
        ("1\ta\tb\n\nnan\ta\tb\n", "line 3: score is 'nan'"),
        ("1\ta\tb\n5.1\ta\tb\n", "line 2: score is '5.1'"),
        ("1\ta\tb\n-0.5\ta\tb\n", "line 2: score is '-0.5'"),
        ("70\ta\tb\n", "line 1: score is '70'.*0 to 5"),
        ("1\ta\n", "line 1: 2 columns"),
        ("1 a b\n", "line 1: 1 columns"),
        ("", "0 rows and no usable pair"),
        ("1\t\tb\n", "1 rows and no usable pair"),
    ],
)
def test_a_bad_row_is_named_with_its_line(tmp_path, text, words):
    with pytest.raises(DataFormatError, match=words):
        read_sts(write(tmp_path, text))


def test_a_csv_with_an_open_quote_is_refused(tmp_path):
    text = 'score,sentence1,sentence2\n1,"a,b\n2,c,d\n'
    with pytest.raises(DataFormatError, match="quotes"):
        read_sts(write(tmp_path, text, "file.csv"))


def test_a_csv_sentence_may_hold_commas_quotes_and_lines(tmp_path):
    text = 'score,sentence1,sentence2\n4,"a, ""b""\nc",d\nbad,e,f\n'
    with pytest.raises(DataFormatError, match="line 4: score is 'bad'"):
        read_sts(write(tmp_path, text, "file.csv"))
    data = read_sts(write(tmp_path, text.replace("bad", "3"), "file.csv"))
    assert data.sentences1 == ['a, "b" c', "e"]


def test_undecodable_damaged_and_missing_files(tmp_path):
    path = tmp_path / "latin.tsv"
    path.write_bytes(TSV.encode() + "1\tstraße\tb\n".encode("latin-1"))
    with pytest.raises(DataFormatError, match="line 4: byte 0xdf"):
        read_sts(path)
    path = tmp_path / "cut.tsv.gz"
    path.write_bytes(gzip.compress(TSV.encode() * 50)[:-12])
    with pytest.raises(DataFormatError, match=r"cut\.tsv\.gz"):
        read_sts(path)
    with pytest.raises(MissingFileError, match=r"none\.tsv"):
        read_sts(tmp_path / "none.tsv")


def test_empty_sentences_are_dropped_and_counted(tmp_path):
    data = read_sts(write(tmp_path, TSV + "1\t \tb\n2\tc\t\n"))
    assert len(data) == 3
    assert data.dropped == {"empty sentence": 2}


def test_grades_from_0_to_1_are_brought_to_5_and_that_is_said(tmp_path, caplog):
    with caplog.at_level("INFO"):
        data = read_sts(write(tmp_path, "0.2\ta\tb\n1\tc\td\n0\te\tf\n"))
    assert data.gold.tolist() == [1, 5, 0]
    assert "multiplied by 5" in caplog.text
    assert read_sts(write(tmp_path, "0\ta\tb\n1\tc\td\n")).gold.tolist() == [0, 1]


def scored(table, first, second, gold):
    sides = [[f"{side}{number}" for number in range(len(gold))] for side in "ab"]
    rows = dict(zip([*sides[0], *sides[1]], [*first, *second], strict=True))
    return StsTask("de-de", StsData(*sides, gold)).score(table(rows, "abcdefghij"))


def test_scores_equal_scipy_on_the_same_cosines(table):
    generator = np.random.default_rng(0)
    a, b = generator.normal(size=(2, 30, 8)).astype(np.float32)
    gold = np.round(generator.random(30) * 5, 1)
    scores = scored(table, a, b, gold)
    assert [score.metric for score in scores] == ["spearman", "pearson"]
    cosines = paired_cosines(a, b)
    assert scores[0].value == pytest.approx(stats.spearmanr(cosines, gold).statistic)
    assert scores[1].value == pytest.approx(stats.pearsonr(cosines, gold).statistic)
    assert all(score.low < score.value < score.high and score.n == 30 for score in scores)
    assert "|boot:1000|seed:12345|" in scores[0].signature
    assert scores[0].signature.endswith("|model:abcdefgh")


def test_scores_equal_mtebs_formula(table):
    generator = np.random.default_rng(3)
    first, second = generator.normal(size=(2, 90, 16)).astype(np.float32)
    gold = np.round(generator.random(90) * 5, 1)
    scores = scored(table, first, second, gold)
    cosines = 1 - paired_cosine_distances(first, second)
    assert scores[0].value == pytest.approx(stats.spearmanr(gold, cosines)[0], abs=1e-4)
    assert scores[1].value == pytest.approx(stats.pearsonr(gold, cosines)[0], abs=1e-6)


def test_one_pair_has_no_value_but_a_reason(toy):
    task = StsTask("de-de", StsData(["a dog"], ["a cat"], np.array([2.0])))
    for score in task.score(toy()):
        assert score.value is None
        assert score.low is None
        assert "at least 3" in score.reason


def test_retention_needs_the_same_pairs(toy):
    def task(gold):
        return StsTask("en-en", StsData(["a", "b", "c"], ["a", "a b", "d"], np.array(gold)))

    assert score_retention(task([5, 3, 0]), toy(), task([5, 3, 0]), toy()).value == 1
    with pytest.raises(InputError, match="different grades"):
        score_retention(task([5, 3, 0]), toy(), task([5, 2, 0]), toy())


def test_lengths_must_fit():
    with pytest.raises(InputError, match="2 first sentences, 1 second and 2"):
        StsData(["a", "b"], ["c"], np.array([1.0, 2.0]))


def test_a_crossing_takes_the_second_sentences_from_the_second_file(tmp_path):
    german = write(tmp_path, "4.5\teine Katze\tdie Katze\n0\tRegen\tAuto\n2.5\tx\t\n", "de.tsv")
    data = read_sts(write(tmp_path, TSV, "en.tsv"), german)
    assert (data.sentences1, data.sentences2) == (["a cat sleeps", "rain"], ["die Katze", "Auto"])
    assert data.gold.tolist() == [4.5, 0.0]
    assert data.dropped == {"empty sentence": 1}


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ("4.5\ta\tb\n", r"has 3 rows and .*de.tsv has 1"),
        ("4.5\ta\tb\n1\tc\td\n2.5\te\tf\n", r"line 2, has the score 0.0 and .*line 2, 1.0"),
    ],
)
def test_a_crossing_of_files_that_do_not_belong_together_is_refused(tmp_path, other, words):
    with pytest.raises(DataFormatError, match=words):
        read_sts(write(tmp_path, TSV, "en.tsv"), write(tmp_path, other, "de.tsv"))


KEYED = "id\tscore\tsentence1\tsentence2\n"


def test_a_crossing_is_joined_by_ids_where_both_files_have_them(tmp_path):
    english = write(tmp_path, KEYED + "a\t4\tone\two\nb\t4\tred\tblue\n", "en.tsv")
    german = write(tmp_path, KEYED + "b\t4\trot\tblau\na\t4\teins\tzwei\n", "de.tsv")
    data = read_sts(english, german)
    assert (data.sentences1, data.sentences2) == (["one", "red"], ["zwei", "blau"])
    own = write(tmp_path, KEYED + "x\t4\teins\tzwei\ny\t4\trot\tblau\n", "own.tsv")
    assert read_sts(english, own).sentences2 == ["zwei", "blau"]
    for ids in ("ac", "aa"):
        rows = "".join(f"{key}\t4\teins\tzwei\n" for key in ids)
        with pytest.raises(DataFormatError, match=r"have other ids .*expected the same ones"):
            read_sts(english, write(tmp_path, KEYED + rows, "other.tsv"))
