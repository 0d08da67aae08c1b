"""A run's folder from its first check to its end, and what the run notes of itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from isogloss.console import Advance
from isogloss.errors import InputError, IsoglossError, OutputFolderError
from isogloss.runs.claim import ASIDE
from isogloss.runs.folder import MARKER
from isogloss.runs.lifecycle import RunLog, open_run


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
    with pytest.raises(InputError, match="no such"), open_run(out, overwrite=True) as run:
        if not begun:  # a test task that is not there
            raise InputError("no such file")
        with run.preparing():
            (out / "work").mkdir()
            (out / "untrained").mkdir()
            raise InputError("no such language")
    assert files(out) == before
    assert not (out / "work").exists() and not (out / ASIDE).exists()


def test_rows_that_the_refused_run_dropped_are_there(out: Path) -> None:
    with pytest.raises(InputError), open_run(out, overwrite=True) as run, run.preparing():
        (out / "rejects").mkdir()
        (out / "rejects" / "00-en-uk.tsv").write_text("the new ones")
        raise InputError("too few pairs")
    assert files(out)["model.safetensors"] == "the old model.safetensors"
    assert files(out)["rejects/00-en-uk.tsv"] == "the new ones"


def test_it_goes_when_the_new_run_is_prepared(out: Path) -> None:
    with open_run(out, overwrite=True) as run:
        with run.preparing():
            prepare(out)
        assert set(files(out)) == {".isogloss.lock", f"work/{MARKER}"}
    assert set(files(out)) == {f"work/{MARKER}"}


def test_a_new_run_that_fails_later_keeps_what_it_has(out: Path) -> None:
    with pytest.raises(InputError, match="loss"), open_run(out, overwrite=True) as run:
        with run.preparing():
            prepare(out)
        raise InputError("the loss is not finite")
    assert set(files(out)) == {f"work/{MARKER}"}


def test_a_killed_preparation_loses_it_neither(out: Path) -> None:
    before = files(out)
    killed = pytest.raises(KeyboardInterrupt)
    with killed, open_run(out, overwrite=True) as run, run.preparing():
        (out / "work").mkdir()
        raise KeyboardInterrupt
    assert (out / ASIDE / "model.safetensors").exists()
    with pytest.raises(InputError), open_run(out, overwrite=True) as run, run.preparing():
        raise InputError("no such file")
    assert files(out) == before


def test_an_evaluation_replaces_its_like_and_nothing_else(out: Path) -> None:
    (out / "run.json").write_text('{"isogloss": "0.1.0", "command": "distill"}')
    before = files(out)
    refused = pytest.raises(OutputFolderError, match="holds a run of distill, whose scores")
    with refused, open_run(out, keeps="like", command="evaluate"):
        pass
    assert files(out) == before
    (out / "run.json").unlink()
    with pytest.raises(OutputFolderError, match="is not empty"), open_run(out, keeps="like"):
        pass
    (out / "run.json").write_text('{"isogloss": "0.1.0", "command": "evaluate"}')
    with open_run(out, keeps="like", command="evaluate"):
        (out / "run.json").write_text("new")
    assert files(out) == before | {"run.json": "new"}


@pytest.mark.parametrize("stop", [InputError("no such language"), KeyboardInterrupt()])
def test_what_is_made_at_once_leaves_an_empty_folder_when_it_fails(
    tmp_path: Path, stop: BaseException
) -> None:
    (tmp_path / "empty").mkdir()
    for name in ("empty", "new"):
        with pytest.raises(type(stop)), open_run(tmp_path / name, keeps="nothing") as run:
            (run.folder / "body").mkdir()
            (run.folder / "body" / "model.safetensors").touch()
            raise stop
    assert [path.name for path in tmp_path.iterdir()] == ["empty"]
    assert not list((tmp_path / "empty").iterdir())


def test_what_is_made_at_once_wants_an_empty_folder(out: Path) -> None:
    before = files(out)
    with pytest.raises(OutputFolderError, match="is not empty"), open_run(out, keeps="nothing"):
        pass
    assert files(out) == before


def test_a_helper_process_works_in_the_folder_that_the_first_one_holds(out: Path) -> None:
    with open_run(out, overwrite=True) as run:
        with open_run(out, is_main=False) as helper:
            assert (helper.folder, helper.is_main) == (run.folder, False)
            with pytest.raises(IsoglossError), helper.preparing():
                (out / "untrained").mkdir()
                raise InputError("another recipe")
        assert (out / "untrained").is_dir()


def test_stages_are_timed_and_shown() -> None:
    shown = []

    class Told:
        @contextmanager
        def stage(self, title: str, total: float | None = None) -> Iterator[Advance]:
            shown.append((title, total))
            yield lambda done: None

    run = RunLog(Told())
    with run.stage("data"):
        pass
    with run.stage("targets", "embedding targets", 3):
        pass
    with pytest.raises(InputError), run.stage("student", "building"):
        raise InputError("no")
    assert shown == [("embedding targets", 3), ("building", None)]
    assert set(run.seconds) == {"data", "targets"}
    assert set(run.measured()["seconds"]) == {"data", "targets", "all"}
