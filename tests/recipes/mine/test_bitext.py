"""Scores of given pairs: the margins of mining, row by row, in the order of the file."""

from pathlib import Path

import numpy as np
import pytest

from isogloss.errors import DataFormatError, InputError
from isogloss.recipes.mine.bitext import score_bitext
from isogloss.recipes.mine.run import mine
from isogloss.recipes.mine.settings import MineSettings
from isogloss.vectors import Limits, Margin, margin_scores, nearest_both, paired_cosines

from .stub import Numbers

ROWS = [(f"Satz {n}", f"sentence {n if n % 5 else n + 1}") for n in range(40)]


def write(path: Path, rows: list[tuple[str, ...]]) -> Path:
    path.write_text("".join("\t".join(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.mark.parametrize("margin", list(Margin))
def test_scores_are_the_margins_of_the_definition(tmp_path, margin):
    path = write(tmp_path / "pairs.tsv", [*ROWS, ROWS[0]])
    out = tmp_path / "scored.tsv"
    score_bitext(Numbers(0.2), path, out, settings=MineSettings(margin=margin))
    rows = [line.split("\t") for line in out.read_text(encoding="utf-8").splitlines()]
    assert [tuple(row[1:]) for row in rows] == [*ROWS, ROWS[0]]

    sources = list(dict.fromkeys(one for one, _ in ROWS))
    targets = list(dict.fromkeys(other for _, other in ROWS))
    encode = Numbers(0.2).encode
    both = nearest_both(encode(sources), encode(targets), 4)
    means = [side.scores.mean(axis=1) for side in both]
    wanted = margin_scores(
        paired_cosines(encode([one for one, _ in ROWS]), encode([other for _, other in ROWS])),
        means[0][[sources.index(one) for one, _ in ROWS]],
        means[1][[targets.index(other) for _, other in ROWS]],
        margin=margin,
    )
    np.testing.assert_allclose([float(row[0]) for row in rows[:-1]], wanted, atol=2e-6)
    assert rows[-1] == rows[0]


def test_a_mined_pair_has_the_score_that_mining_gave_it(tmp_path):
    mined = tmp_path / "mined.tsv"
    source, target = (list(dict.fromkeys(side)) for side in zip(*ROWS, strict=True))
    mine(Numbers(), source, target, mined)
    taken = {tuple(row) for row in (r.split("\t") for r in mined.read_text().splitlines())}
    missing = [(f"Satz {n}", f"sentence {n}") for n in range(40) if n % 5 == 0]
    assert all(len(row) == 3 for row in taken) and missing  # what mining writes is read again:
    again = {
        tuple(f"{x:.6f}" if isinstance(x, float) else x for x in pair)
        for pair in score_bitext(Numbers(), mined)
    }
    assert again == taken or len(again) == len(taken)


def test_a_threshold_leaves_pairs_out_and_not_their_neighbors(tmp_path):
    path = write(tmp_path / "pairs.tsv", ROWS)
    everything = list(score_bitext(Numbers(), path))
    kept = list(score_bitext(Numbers(), path, settings=MineSettings(limits=Limits(threshold=1.0))))
    assert kept == [pair for pair in everything if pair.score >= 1.0]
    assert 0 < len(kept) < len(everything)


def test_rows_without_two_texts_are_counted_and_kept_beside(tmp_path):
    path = write(tmp_path / "pairs.tsv", [ROWS[0], ("alone 1",), ("", "x 1"), ROWS[1]])
    with path.open("ab") as stream:
        stream.write(b"\xff\tx 2\n")
    out = tmp_path / "scored.tsv"
    found = score_bitext(Numbers(), path, out)
    assert found.account["rows"] == 5 and len(found) == 2
    rejects = (tmp_path / "scored.tsv.rejects.tsv").read_text(encoding="utf-8").splitlines()
    assert [line.split("\t")[0] for line in rejects] == ["2", "3", "5"]


@pytest.mark.parametrize("content", [b"", b"one column\n" * 3, bytes(range(256)) * 20])
def test_a_file_without_pairs_is_refused(tmp_path, content):
    path = tmp_path / "pairs.tsv"
    path.write_bytes(content)
    with pytest.raises(DataFormatError):
        score_bitext(Numbers(), path, tmp_path / "out.tsv")


def test_every_row_is_scored_and_written_in_its_own_spelling(tmp_path):
    rows = [
        *ROWS,
        ("SATZ  1", "sentence 1"),
        ("Satz 1", "\uff33entence 1"),
        ("Satz 1", "sentence 1"),
    ]
    out = tmp_path / "scored.tsv"
    score_bitext(Numbers(0.2), write(tmp_path / "pairs.tsv", rows), out)
    written = [tuple(line.split("\t")) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [row[1:] for row in written] == rows
    scores = [row[0] for row in written]
    assert scores[-1] == scores[1] and len({scores[1], *scores[-3:-1]}) == 3


def test_a_line_without_a_tab_does_not_tell_the_columns(tmp_path):
    path = write(tmp_path / "pairs.tsv", [("",), ("alone",), *(("0.5", *row) for row in ROWS)])
    found = score_bitext(Numbers(), path)
    assert [tuple(pair[1:]) for pair in found] == ROWS
    assert found.account["dropped"] == {"too few columns": 2}


@pytest.mark.parametrize(
    "given",
    [{"known": "k.tsv"}, {"precision": 0.9}, {"learn": True}, {"columns": (None, "2")}],
)
def test_what_has_no_say_over_given_pairs_is_refused(tmp_path, given):
    path = write(tmp_path / "pairs.tsv", ROWS)
    with pytest.raises(InputError, match="has no say over given pairs"):
        score_bitext(Numbers(), path, settings=MineSettings(**given))
