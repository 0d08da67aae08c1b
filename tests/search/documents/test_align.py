"""Documents with planted changes are aligned as they were planted."""

from typing import Any

import numpy as np
import pytest

from isogloss.search.documents.align import AlignSettings, align_lines
from isogloss.search.documents.links import Links
from isogloss.search.documents.windows import embed_lines

WORDS = 9


@pytest.fixture(scope="module")
def sentences() -> list[str]:
    """Eighty sentences of words that are theirs alone, and of a few that all share."""
    return [
        f"the a {' '.join(f'w{number}x{place}' for place in range(WORDS))}" for number in range(80)
    ]


@pytest.fixture
def align(word_encoder: Any) -> Any:
    """Aligns two lists of lines; gives links as `(first, end, first, end)`."""

    def aligned(source: list[str], target: list[str], **settings: Any) -> list[tuple[int, ...]]:
        encoder = word_encoder()
        sides = [(lines, embed_lines(lines, encoder)) for lines in (source, target)]
        links: Links = align_lines(*sides, encoder, AlignSettings(**settings))
        return [tuple(row) for row in links.rows.tolist()]

    return aligned


def translated(lines: list[str]) -> list[str]:
    return [line.upper() for line in lines]


def line_by_line(start: int, end: int, shift: int = 0) -> list[tuple[int, ...]]:
    return [(i, i + 1, i + shift, i + shift + 1) for i in range(start, end)]


def test_merges_of_either_side_are_found(align: Any, sentences: list[str]) -> None:
    target = translated(sentences)
    target[10:12] = [" ".join(target[10:12])]
    target[29:32] = [" ".join(target[29:32])]  # what were 30 to 32
    source = [*sentences[:50], " ".join(sentences[50:52]), *sentences[52:]]
    assert align(source, target) == [
        *line_by_line(0, 10),
        (10, 12, 10, 11),
        *line_by_line(12, 30, -1),
        (30, 33, 29, 30),
        *line_by_line(33, 50, -3),
        (50, 51, 47, 49),
        *line_by_line(51, 79, -2),
    ]


def test_lines_that_the_other_document_lacks_are_left_alone(
    align: Any, sentences: list[str]
) -> None:
    source = sentences[:20] + sentences[25:]
    target = translated(sentences[:60] + sentences[61:])
    assert align(source, target) == [
        *line_by_line(0, 20),
        *line_by_line(20, 55, 5),
        *line_by_line(56, 75, 4),
    ]


def test_a_paragraph_that_was_moved_is_found_with_its_merge(
    align: Any, sentences: list[str]
) -> None:
    moved = [*sentences[20:22], " ".join(sentences[22:24]), sentences[24]]
    target = translated([*sentences[:20], *sentences[25:60], *moved, *sentences[60:]])
    wanted = [
        *line_by_line(0, 20),
        *line_by_line(20, 22, 35),
        (22, 24, 57, 58),
        (24, 25, 58, 59),
        *line_by_line(25, 60, -5),
        *line_by_line(60, 80, -1),
    ]
    assert align(sentences, target) == wanted
    monotone = align(sentences, target, moved=False)
    assert monotone == [link for link in wanted if not 20 <= link[0] < 25]


def test_no_more_lines_are_joined_than_asked_for(align: Any, sentences: list[str]) -> None:
    target = [" ".join(translated(sentences)[:3]), *translated(sentences)[3:]]
    assert align(sentences, target)[0] == (0, 3, 0, 1)
    largest = align(sentences, target, largest=1)
    assert largest[1:] == line_by_line(3, 80, -2)
    assert len(largest) == 78


@pytest.mark.parametrize("sides", [(0, 5), (5, 0), (0, 0)])
def test_an_empty_document_has_no_links(align: Any, sentences: list[str], sides: Any) -> None:
    assert align(sentences[: sides[0]], translated(sentences)[: sides[1]]) == []


def test_one_line_is_paired_with_one_line(align: Any, sentences: list[str]) -> None:
    assert align(sentences[:1], translated(sentences)[:1]) == [(0, 1, 0, 1)]


def test_documents_that_share_nothing_are_not_paired(align: Any, sentences: list[str]) -> None:
    other = [line.replace("w", "v") for line in sentences]
    assert len(align(sentences, translated(other))) <= 16


def test_windows_are_read_only_where_the_lines_leave_doubt(
    word_encoder: Any, sentences: list[str]
) -> None:
    encoder = word_encoder()
    target = translated(sentences)
    target[10:12] = [" ".join(target[10:12])]
    sides = [(lines, embed_lines(lines, encoder)) for lines in (sentences, target)]
    encoder.read.clear()
    align_lines(*sides, encoder)
    assert 0 < len(encoder.read) < 20  # of 317
    assert " ".join(sentences[10:12]) in encoder.read


def test_vectors_are_not_changed(word_encoder: Any, sentences: list[str]) -> None:
    encoder = word_encoder()
    vectors = embed_lines(sentences, encoder)
    before = vectors.copy()
    align_lines((sentences, vectors), (sentences[::-1], vectors[::-1]), encoder)
    assert np.array_equal(vectors, before)
