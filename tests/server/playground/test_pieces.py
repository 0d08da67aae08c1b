"""What the page is made of, without Gradio: sentences, tables, links, corrections."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isogloss.data.graded.align import read_graded
from isogloss.errors import InputError
from isogloss.server.playground.corrections import correct
from isogloss.server.playground.links import LONGEST, State, as_link, from_query
from isogloss.server.playground.sentences import (
    Sentence,
    example_languages,
    example_lines,
    read_sentence,
    read_sentences,
)
from isogloss.server.playground.tables import heat_map, hits_table, languages_table, rank
from isogloss.server.playground.trial import Trial, card_limits


@pytest.mark.parametrize(
    ("line", "language"),
    [
        ("de: Guten Morgen", "de"),
        ("zh-Hant: 早安", "zh-Hant"),
        ("Note: this is no language", ""),
        ("No: this is no Norwegian", ""),
        ("xx: no such language", ""),
        ("12:30 is the time", ""),
        ("plain", ""),
    ],
)
def test_a_language_stands_before_a_colon_or_is_not_said(line: str, language: str) -> None:
    assert read_sentence(line).language == language
    text = read_sentence(line).text
    assert (text == line) == (not language)


def test_empty_lines_are_no_sentences_and_there_is_an_end() -> None:
    text = "de: eins\n\n  \nde:\nzwei\ndrei"
    assert read_sentences(text, 2) == [Sentence("de", "eins"), Sentence("", "zwei")]


def test_examples_are_in_the_languages_that_the_model_knows() -> None:
    assert example_languages(["en", "de"]) == ["en", "de"]
    assert {"ar", "ja"} <= set(example_languages([]))
    assert {"ar", "ja"} <= set(example_languages(["en", "tlh"]))
    lines = example_lines(["en", "ja"], [0])
    assert [read_sentence(line).language for line in lines] == ["en", "ja"]


def test_markup_in_a_sentence_is_shown_and_never_run() -> None:
    wicked = Sentence("de", "<script>alert('x')</script>\"")
    pages = heat_map([wicked, wicked], np.ones((2, 2), np.float32))
    pages += hits_table(rank([wicked], [0.5])) + languages_table(rank([wicked], [0.5]))
    assert "<script" not in pages
    assert pages.count("&lt;script&gt;") >= 4


def test_the_map_frames_the_nearest_other_sentence_of_each_row() -> None:
    cosines = np.array([[1, 0.2, 0.9], [0.2, 1, 0.1], [0.9, 0.1, 1]], np.float32)
    page = heat_map([Sentence("en", t) for t in "abc"], cosines)
    rows = page.split("<tbody>")[1].split("</tr>")[:3]
    framed = [[' near"' in cell for cell in row.split("<td")[2:]] for row in rows]
    assert framed == [[False, False, True], [True, False, False], [True, False, False]]


def test_ranks_are_counted_in_all_and_by_language() -> None:
    sentences = [Sentence(code, code) for code in ("en", "de", "en", "de")]
    ranked = rank(sentences, [0.1, 0.9, 0.8, 0.2])
    assert [(hit.sentence.language, hit.rank, hit.own_rank) for hit in ranked] == [
        ("de", 1, 1),
        ("en", 2, 1),
        ("de", 3, 2),
        ("en", 4, 2),
    ]


@given(st.text(max_size=60), st.text(max_size=60))
def test_a_link_restores_what_it_was_made_of(sentences: str, query: str) -> None:
    from urllib.parse import parse_qsl

    try:
        state = State("search", "teacher", sentences, query)
        link = as_link(state)
    except UnicodeEncodeError:
        return  # half a character, which no page can send
    assert from_query(dict(parse_qsl(link[1:], keep_blank_values=True))) == state


def test_a_link_is_never_longer_than_browsers_take_and_a_wrong_one_does_no_harm() -> None:
    assert as_link(State(sentences="ä" * LONGEST)) == ""
    assert from_query({"other": "x"}) is None
    wrong = from_query({"tab": "x", "model": "y", "sentences": "z" * 10**6})
    assert wrong is not None
    assert (wrong.tab, wrong.model, len(wrong.sentences)) == ("similarity", "student", LONGEST)


def test_a_correction_is_read_by_finetune(tmp_path: Path) -> None:
    from isogloss.data.graded.reader import read_graded_rows

    first, second = Sentence("de", "Ein\tSatz\nmit Umbruch"), Sentence("de", "Noch einer")
    path = correct(tmp_path / "new", first, second, 4.5)
    correct(tmp_path / "new", second, first, 1)
    assert path.name == "de.tsv"
    rows = read_graded_rows(path)
    assert [row.score for row in rows] == [0.9, 0.2]
    assert rows[0].first == "Ein Satz mit Umbruch"


def test_a_correction_between_languages_has_a_file_of_its_own(tmp_path: Path) -> None:
    path = correct(tmp_path, Sentence("de", "a"), Sentence("", "b"), 0)
    assert (path.name, path.read_text("utf-8")) == ("de-und.tsv", "0\ta\tb\n")
    with pytest.raises(InputError, match="expected 0 to 5"):
        correct(tmp_path, Sentence("de", "a"), Sentence("de", "b"), 6)


@pytest.mark.parametrize("grades", [[0, 0.5, 1], [0, 5], [2.5], [0]])
def test_low_grades_alone_are_read_as_low(tmp_path: Path, grades: list[float]) -> None:
    for number, grade in enumerate(grades):
        pair = [Sentence("de", f"{text} {number}") for text in ("Ein Satz", "Noch einer")]
        path = correct(tmp_path, pair[0], pair[1], grade)
    assert read_graded([f"de={path}"], aligned=False).pairs.grades.tolist() == grades


def test_grades_of_the_scale_of_an_earlier_version_are_not_mixed_with_fractions(
    tmp_path: Path,
) -> None:
    (tmp_path / "de.tsv").write_text("0.5\ta\tb\n4.5\ta\tc\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"grades above 1, .* move it away"):
        correct(tmp_path, Sentence("de", "a"), Sentence("de", "b"), 5)


def test_an_index_is_not_searched_in_the_teachers_name(stub: object) -> None:
    pytest.importorskip("gradio")
    from isogloss.server.playground.page import show_hits

    models = {"student": stub, "teacher": stub}
    trial = Trial(models, {"student": "stub", "teacher": "t"}, index=object())  # type: ignore[arg-type]
    assert "choose the student" in show_hits(trial, "de: a", "", "teacher")


def test_the_limits_are_those_of_the_card(tmp_path: Path) -> None:
    assert "says nothing" in card_limits(tmp_path)
    (tmp_path / "README.md").write_text("# A\n\n## Limitations\n\n- one\n\n## License\n\nno\n")
    assert card_limits(tmp_path) == "- one"


def test_a_search_in_one_language_ranks_the_others(stub: object) -> None:
    trial = Trial({"student": stub}, {"student": "stub"})  # type: ignore[dict-item]
    sentences = [Sentence("de", "a b"), Sentence("ja", "c d"), Sentence("de", "e f")]
    ranked = trial.search(Sentence("en", "c d"), sentences, "student")
    assert ranked[0].sentence == Sentence("ja", "c d")
    cosines = trial.similarities(sentences, "student")
    assert np.allclose(np.diag(cosines), 1, atol=1e-6)
