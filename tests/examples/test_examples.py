"""Every example runs, as a user would run it, with a teacher of two random layers."""

import io
import re
import runpy
import sys
from contextlib import redirect_stdout
from pathlib import Path

import pytest
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import StaticEmbedding
from tokenizers import Tokenizer

from isogloss.samples import read_rows

from ..marian import tiny_marian

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
LONGEST = 60
RUN_HERE = {
    "align_documents",
    "clean_and_count",
    "compare_with_teacher",
    "cross_lingual_search",
    "distill_from_python",
    "encode_a_file",
    "filter_by_model",
    "mine_translations",
    "read_parallel_sentences",
    "search_index",
    "translate_texts",
}


@pytest.fixture(scope="session")
def pairs_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """300 English-German pairs, and the first of them again."""
    path = tmp_path_factory.mktemp("pairs") / "pairs.en-de.tsv"
    rows = read_rows("train")[:300]
    lines = [f"{row['en']}\t{row['de']}\n" for row in (*rows, rows[0])]
    path.write_text("".join(lines), encoding="utf-8", newline="\n")
    return path


@pytest.fixture(scope="session")
def static_model(tiny_teacher: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random tokens, averaged: texts of other words are far apart, whatever the precision."""
    folder = tmp_path_factory.mktemp("static")
    tokenizer = Tokenizer.from_file(str(tiny_teacher / "tokenizer.json"))
    table = torch.randn(800, 64, generator=torch.Generator().manual_seed(0))
    model = SentenceTransformer(modules=[StaticEmbedding(tokenizer, table)], device="cpu")
    model.save(str(folder))
    return folder


def run(name: str, *words: str | Path, cache: Path) -> str:
    """What an example prints; it must end well."""
    assert name in RUN_HERE
    printed = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(printed):
        patch.setenv("HF_HUB_OFFLINE", "1")
        patch.setenv("ISOGLOSS_CACHE", str(cache))
        patch.setattr(sys, "argv", [name, *map(str, words)])
        runpy.run_path(str(EXAMPLES / f"{name}.py"), run_name="__main__")
    return printed.getvalue()


def test_a_text_is_found_in_the_vectors_of_its_file(tiny_teacher: Path, tmp_path: Path) -> None:
    lines = [row["en"] for row in read_rows("train")[:200]]
    path = tmp_path / "lines.txt"
    path.write_text("\n".join(lines), encoding="utf-8")
    said = run("encode_a_file", tiny_teacher, path, lines[41], cache=tmp_path / "cache")
    assert "200 rows of 32 numbers" in said
    assert f"1.000  line 42: {lines[41]}" in said


def test_every_example_is_run() -> None:
    assert {path.stem for path in EXAMPLES.glob("*.py")} == RUN_HERE


@pytest.mark.parametrize("name", sorted(RUN_HERE))
def test_an_example_is_short_and_says_how_it_is_called(name: str) -> None:
    text = (EXAMPLES / f"{name}.py").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= LONGEST
    assert f"\npython examples/{name}.py " in text.split('"""')[1]


def test_reading_accounts_for_every_row(pairs_file: Path, tmp_path: Path) -> None:
    rejects = tmp_path / "rejects.tsv"
    words = (f"en-de={pairs_file}", "--rejects", rejects)
    printed = run("read_parallel_sentences", *words, cache=tmp_path)
    assert "en-de: read 301, kept 300" in printed
    assert "dropped 1: duplicate" in printed
    assert rejects.read_text(encoding="utf-8").startswith("301\tduplicate\t")


def test_cleaning_says_what_every_filter_found(pairs_file: Path, tmp_path: Path) -> None:
    printed = run("clean_and_count", f"en-de={pairs_file}", tmp_path / "out", cache=tmp_path)
    assert printed.startswith("en-de: kept 300 of 301\n  duplicates dropped 1\n")
    assert (tmp_path / "out" / "en-de.tsv.gz").is_file()


def test_a_model_compared_with_itself_is_where_it_is(
    tiny_teacher: Path, pairs_file: Path, tmp_path: Path
) -> None:
    words = (tiny_teacher, f"en-de={pairs_file}", "--teacher", tiny_teacher, "--pairs", "5")
    *rows, mean = run("compare_with_teacher", *words, cache=tmp_path).splitlines()[1:]
    assert len(rows) == 5
    assert mean.split()[0] == "1.000"
    assert mean.split()[1] != "1.000"


def test_search_finds_the_sentence_itself(tiny_teacher: Path, tmp_path: Path) -> None:
    asked = "Please water the plants while we are away."
    question, first, second = run(
        "cross_lingual_search", tiny_teacher, asked, cache=tmp_path
    ).splitlines()
    assert question == asked
    assert first.split(maxsplit=1) == ["1.000", asked]
    assert asked not in second


def test_a_document_is_aligned_with_itself_but_for_a_merge(
    tiny_teacher: Path, tmp_path: Path
) -> None:
    lines = [row["en"] for row in read_rows("train")[:12]]
    merged = [*lines[:4], f"{lines[4]} {lines[5]}", *lines[6:]]
    for name, content in (("a.txt", lines), ("b.txt", merged)):
        (tmp_path / name).write_text("\n".join(content), encoding="utf-8")
    words = (tiny_teacher, tmp_path / "a.txt", tmp_path / "b.txt")
    printed = run("align_documents", *words, cache=tmp_path).splitlines()
    assert printed[0].split(maxsplit=1)[1] == "lines 5-6 and 5"
    assert [line.strip() for line in printed[1:3]] == [merged[4], merged[4]]
    assert printed[-2:] == [
        "11 pairs: {'1-1': 10, '2-1': 1}",
        "without partner: 0 and 0 lines",
    ]


def test_an_index_is_filtered_and_changed(tiny_teacher: Path, tmp_path: Path) -> None:
    printed = run("search_index", tiny_teacher, tmp_path / "index", cache=tmp_path).splitlines()
    titles = [line for line in printed if not line.startswith(" ")]
    assert titles == ["all, 5 texts", "German, from 2025, 5 texts", "after a change, 5 texts"]
    filtered = printed[printed.index(titles[1]) + 1 : printed.index(titles[2])]
    assert [line.split()[1] for line in filtered] == ["text-3"]
    assert not any("text-0" in line for line in printed[printed.index(titles[2]) :])


def test_mining_finds_what_was_hidden_and_tells_what_a_score_is_worth(
    static_model: Path, tmp_path: Path
) -> None:
    path = tmp_path / "pairs.tsv"
    texts = [row["en"] for row in read_rows("train")[:500]]
    path.write_text("".join(f"{text}\t{text} So.\n" for text in texts), encoding="utf-8")
    printed = run("mine_translations", static_model, f"en-de={path}", cache=tmp_path).splitlines()
    assert re.fullmatch(r"from \d\.\d+ on: \d+ pairs, \d+% right", printed[0])
    (counts,) = (line for line in printed if line.startswith("of all"))
    mined, right = map(int, re.findall(r"\d+", counts))
    assert mined > 220 and right > 0.95 * mined


def test_filtering_drops_what_is_no_translation(static_model: Path, tmp_path: Path) -> None:
    path = tmp_path / "pairs.tsv"
    texts = [row["en"] for row in read_rows("train")[:300]]
    # like its source to the model, and no copy of it
    pairs = [(text, " ".join(f"{word}e" for word in text.split())) for text in texts]
    for here in range(0, 60, 2):  # thirty pairs of which each has the other's target
        (one, first), (other, second) = pairs[here : here + 2]
        pairs[here : here + 2] = [(one, second), (other, first)]
    path.write_text("".join(f"{a}\t{b}\n" for a, b in pairs), encoding="utf-8")
    words = (static_model, f"en-de={path}", tmp_path / "out")
    printed = run("filter_by_model", *words, cache=tmp_path).splitlines()
    kept, read = map(int, re.findall(r"\d+", printed[0]))
    assert read == 300 and 230 <= kept <= 250
    assert len(printed) == 8
    assert all(int(re.search(r"row (\d+)", line)[1]) <= 60 for line in printed[2:7])  # type: ignore[index]


def test_translating_shows_the_rows_that_are_least_sure(tmp_path: Path) -> None:
    model, path = tmp_path / "model", tmp_path / "texts.txt"
    model.mkdir()
    path.write_text("the cat sleeps\nthe dog runs here\n\n", encoding="utf-8")
    words = (path, "de", tiny_marian(model), tmp_path / "out", "--min-confidence", "0")
    printed = run("translate_texts", *words, cache=tmp_path / "cache").splitlines()
    assert printed[0].startswith("3 rows, ") and Path(printed[-1]).is_file()
    sure = [float(line.split()[0]) for line in printed[1:-1]]
    assert sure and sure == sorted(sure)


@pytest.mark.slow
def test_distilling_from_python_leaves_a_student(
    tiny_teacher: Path, pairs_file: Path, tmp_path: Path
) -> None:
    student = tmp_path / "student"
    words = (f"en-de={pairs_file}", student, "--teacher", tiny_teacher, "--minutes", "0.05")
    printed = run("distill_from_python", *words, cache=tmp_path / "cache")
    assert printed.splitlines()[-1] == f"student: {student}"
    labels = [line.split()[0] for line in printed.splitlines() if "accuracy_mean" in line]
    assert labels == ["teacher", "untrained", "trained"]
    assert (student / "report.md").is_file()
    run("cross_lingual_search", student, cache=tmp_path / "cache")
