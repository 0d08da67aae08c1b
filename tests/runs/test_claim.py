"""One process at a time works in a folder; a claim leaves nothing behind."""

import errno
import logging
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from isogloss.errors import InputError, OutputFolderError
from isogloss.runs.claim import CLAIM, claimed
from isogloss.runs.folder import check_folder
from isogloss.runs.lifecycle import open_run

HOLD = """
import sys, time
from pathlib import Path
from isogloss.runs.claim import claimed

with claimed(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


def test_a_claimed_folder_is_made_and_left_as_it_was(tmp_path: Path) -> None:
    out = tmp_path / "new" / "out"
    with claimed(out):
        assert out.is_dir()
    assert list(tmp_path.iterdir()) == []
    with claimed(out):
        (out / "result").touch()
    assert [path.name for path in out.iterdir()] == ["result"]


def test_a_second_process_is_told_and_changes_nothing(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with claimed(out):
        (out / "work").mkdir()
        before = sorted((path.name, path.stat().st_mtime_ns) for path in out.iterdir())
        for resume, overwrite in ((False, False), (True, False), (False, True)):
            with (
                pytest.raises(OutputFolderError, match=rf"in use by process {os.getpid()} on "),
                open_run(out, resume=resume, overwrite=overwrite),
            ):
                pass
        with pytest.raises(OutputFolderError, match="in use"), claimed(out):
            pass
        assert sorted((path.name, path.stat().st_mtime_ns) for path in out.iterdir()) == before


def test_a_killed_process_holds_nothing(tmp_path: Path) -> None:
    out = tmp_path / "out"
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(out)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    with process.stdout:
        assert process.stdout.readline() == b"held\n"
        with pytest.raises(OutputFolderError, match=f"process {process.pid} on"), claimed(out):
            pass
        process.send_signal(signal.SIGKILL)
        process.wait(60)
    assert (out / CLAIM).exists()
    check_folder(out, resume=False, overwrite=False)  # it is empty but for the claim
    with claimed(out):
        pass
    assert list(out.iterdir()) == []


def test_a_folder_inside_of_another_runs_is_refused(tmp_path: Path) -> None:
    above, out = tmp_path / "above", tmp_path / "above" / "untrained" / "out"
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(above)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    with process.stdout:
        assert process.stdout.readline() == b"held\n"
        said = rf"lies in '.*above', which is in use by process {process.pid} on"
        with pytest.raises(OutputFolderError, match=said), claimed(out):
            pass
        with pytest.raises(OutputFolderError, match=said), open_run(out):
            pass
        process.kill()
        process.wait(60)
    assert [path.name for path in above.iterdir()] == [CLAIM]
    with claimed(above), claimed(out):  # of the same process
        pass


def test_a_file_system_without_locks_is_warned_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def none(*_: Any, **__: Any) -> bool:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr("isogloss.runs.claim.lock", none)
    with caplog.at_level(logging.WARNING), claimed(tmp_path / "out"):
        pass
    assert "nothing keeps a second process out" in caplog.text


def test_a_folder_that_a_file_system_does_not_make_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(os, "mkdir", refuse)
    out = tmp_path / "out"
    with (
        pytest.raises(OutputFolderError, match=r"out' cannot be written \(Read-only file system\)"),
        claimed(out),
    ):
        pass


def test_going_on_and_starting_anew_at_once_is_refused(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    with pytest.raises(InputError, match=r"--resume and --overwrite were both given"):
        check_folder(tmp_path, resume=True, overwrite=True)


def test_a_run_whose_pages_could_not_all_be_written_is_not_finished(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text("{}")
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "prepared.json").write_text("{}")
    check_folder(tmp_path, resume=True, overwrite=False)


def test_what_is_kept_goes_with_an_interruption(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt) as stop, open_run(out):
        (out / "work").mkdir()
        raise KeyboardInterrupt
    assert stop.value.__notes__ == [
        "targets that are embedded are kept: the same command goes on with --resume, in place of "
        "any --overwrite"
    ]
