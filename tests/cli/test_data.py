"""`isogloss data` as a user meets it: results on stdout, one line for every mistake."""

import json
from pathlib import Path

import pytest

from isogloss.cli import app


def run(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: str
) -> tuple[int, str, str]:
    """The command in this process: exit status, stdout, stderr."""
    monkeypatch.setattr("sys.argv", ["isogloss", *words])
    status = app.main()
    said = capsys.readouterr()
    return status, said.out, said.err


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    """A few good pairs, and one that is not translated."""
    rows = [f"The number {i} is here.\tDie Zahl {i} ist hier." for i in range(30)]
    path = tmp_path / "en-de.tsv"
    path.write_text("\n".join([*rows, "Good morning to you\tGood morning to you"]) + "\n")
    return path


def test_pairs_are_cleaned_and_the_account_is_printed(
    pairs: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    words = ("data", "clean", "--pairs", f"en-de={pairs}", "--without", "language")
    out = tmp_path / "out"
    status, printed, _ = run(capsys, monkeypatch, *words, "--out", str(out))
    assert status == 0
    assert f"pairs: {out / 'en-de.tsv.gz'}" in printed
    assert "source equals target" in printed
    status, _, err = run(capsys, monkeypatch, *words, "--out", str(out))
    assert status == 2 and "--overwrite" in err
    status, printed, _ = run(
        capsys, monkeypatch, *words, "--out", str(out), "--overwrite", "--json"
    )
    (part,) = json.loads(printed)
    assert (status, part["read"], part["kept"]) == (0, 31, 30)


def test_statistics_are_printed(
    pairs: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("data", "stats", "--pairs", f"en-de={pairs}", "--against", str(pairs))
    status, printed, _ = run(capsys, monkeypatch, *words)
    assert status == 0 and "1 with equal sides" in printed
    status, printed, _ = run(capsys, monkeypatch, *words, "--json")
    assert json.loads(printed)["corpora"][0]["pairs"] == 31


def test_corpora_are_listed_without_a_network(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ISOGLOSS_OPUS", raising=False)
    status, printed, _ = run(capsys, monkeypatch, "data", "list", "en-uk", "--json")
    rows = {row["place"]: row for row in json.loads(printed)["corpora"]}
    assert status == 0
    assert rows["opus:TED2020/v1"]["licence"] == "not stated"
    assert "opus:Europarl/v8" not in rows


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("list", "en-xq"), "unknown language"),
        (("fetch", "en-de=opus:TED2020/v1", "--out", "o"), "HF_HUB_OFFLINE"),
        (("fetch", "en-de=opus:TED2020", "--out", "o"), "opus:CORPUS/vN"),
        (("fetch", "opus:TED2020/v1", "--out", "o"), "languages are missing"),
        (("clean", "--out", "o"), "--pairs"),
        (("clean", "--pairs", "en-de={pairs}"), "--out"),
        (("clean", "--pairs", "en-de={pairs}", "--out", "o", "--filters", "lenghts"), "'lengths'"),
        (("clean", "--pairs", "en-de={pairs}", "--out", "o", "--set", "filtering.ner=1"), "near"),
        (
            ("clean", "--pairs", "en-de={pairs}", "--out", "o", "--set", "filtering.near=2"),
            "0 to 1",
        ),
        (("clean", "--pairs", "en-de=nowhere.tsv", "--out", "o"), "no file"),
        (("filter", "--pairs", "en-de={pairs}", "--out", "o"), "--model"),
        (
            ("filter", "--pairs", "en-de={pairs}", "--out", "o", "--model", "m", "--keep", "2"),
            "keep",
        ),
        (("filter", "--pairs", "en-de={pairs}", "--out", "o", "--model", "nowhere"), "nowhere"),
        (("stats",), "--pairs"),
        (("stats", "--pairs", "en-de={pairs}", "--against", "nowhere.txt"), "no file"),
        (("stats", "--pairs", "en-de={pairs}", "--data-root", "nowhere"), "nowhere"),
    ],
)
def test_a_mistake_is_one_line(
    words: tuple[str, ...],
    said: str,
    pairs: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ISOGLOSS_OPUS", raising=False)
    filled = [word.format(pairs=pairs) for word in words]
    status, printed, err = run(capsys, monkeypatch, "data", *filled)
    assert (status, printed) == (2, "")
    assert said in err and err.count("\n") == 1
    assert not (tmp_path / "o").exists()
