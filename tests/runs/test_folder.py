"""`--overwrite` throws an earlier run away once the new one is prepared, and not before."""

from pathlib import Path

import pytest

from isogloss.errors import InputError, OutputFolderError
from isogloss.runs.claim import ASIDE
from isogloss.runs.folder import MARKER, check_folder, preparation, run_folder


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """The folder of a finished run."""
    folder = tmp_path / "out"
    for name in ("run.json", "model.safetensors", "plots/fvu.png", "rejects/00-en-de.tsv"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        content = '{"isogloss": "0.1.0"}' if name == "run.json" else f"the old {name}"
        (folder / name).write_text(content)
    return folder


def files(folder: Path) -> dict[str, str]:
    """All files, by their place."""
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_text() for path in found}


def prepare(out: Path) -> None:
    """What a preparation leaves."""
    (out / "work").mkdir()
    (out / "work" / MARKER).write_text("{}")


@pytest.mark.parametrize("begun", [False, True])
def test_a_run_that_is_refused_leaves_the_earlier_one(out: Path, begun: bool) -> None:
    before = files(out)
    with pytest.raises(InputError, match="no such"), run_folder(out, False, overwrite=True):
        if not begun:  # a test task that is not there
            raise InputError("no such file")
        with preparation(out):
            (out / "work").mkdir()
            (out / "untrained").mkdir()
            raise InputError("no such language")
    assert files(out) == before
    assert not (out / "work").exists() and not (out / ASIDE).exists()


def test_rows_that_the_refused_run_dropped_are_there(out: Path) -> None:
    with pytest.raises(InputError), run_folder(out, False, overwrite=True), preparation(out):
        (out / "rejects").mkdir()
        (out / "rejects" / "00-en-uk.tsv").write_text("the new ones")
        raise InputError("too few pairs")
    assert files(out)["model.safetensors"] == "the old model.safetensors"
    assert files(out)["rejects/00-en-uk.tsv"] == "the new ones"


def test_it_goes_when_the_new_run_is_prepared(out: Path) -> None:
    with run_folder(out, False, overwrite=True):
        with preparation(out):
            prepare(out)
        assert set(files(out)) == {".isogloss.lock", f"work/{MARKER}"}
    assert set(files(out)) == {f"work/{MARKER}"}


def test_a_new_run_that_fails_later_keeps_what_it_has(out: Path) -> None:
    with pytest.raises(InputError, match="loss"), run_folder(out, False, overwrite=True):
        with preparation(out):
            prepare(out)
        raise InputError("the loss is not finite")
    assert set(files(out)) == {f"work/{MARKER}"}


def test_a_killed_preparation_loses_it_neither(out: Path) -> None:
    before = files(out)
    killed = pytest.raises(KeyboardInterrupt)
    with killed, run_folder(out, False, overwrite=True), preparation(out):
        (out / "work").mkdir()
        raise KeyboardInterrupt
    assert (out / ASIDE / "model.safetensors").exists()
    with pytest.raises(InputError), run_folder(out, False, overwrite=True), preparation(out):
        raise InputError("no such file")
    assert files(out) == before


@pytest.mark.parametrize(
    "files_of",
    [
        {"work/thesis.txt": "x", "keep.txt": "x"},
        {"run.json": "{}", "keep.txt": "x"},
        {"run.json": "no JSON", "keep.txt": "x"},
        {"work/.keep": "", "keep.txt": "x"},
    ],
)
@pytest.mark.parametrize("overwrite", [False, True])
def test_a_folder_that_no_run_made_is_never_emptied(
    tmp_path: Path, files_of: dict[str, str], overwrite: bool
) -> None:
    for name, text in files_of.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    with pytest.raises(OutputFolderError) as refused:
        check_folder(tmp_path, resume=False, overwrite=overwrite)
    assert "holds no" in str(refused.value) and "--overwrite" not in str(refused.value)
    assert files(tmp_path) == files_of
