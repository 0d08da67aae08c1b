"""Systems without what a Unix has: the modules that Windows lacks, a home folder."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import isogloss
from isogloss.errors import OutputFolderError
from isogloss.teachers.store import default_store_folder

SOURCE = Path(isogloss.__file__).parent

LACKING = ("fcntl", "resource", "pwd", "grp", "termios")
"""Modules that Windows does not have."""


def test_everything_of_ours_is_imported_without_the_modules_of_unix() -> None:
    found = sorted(SOURCE.rglob("*.py"))
    text = {path: path.read_text("utf-8") for path in found}
    for path, lines in text.items():
        for name in LACKING:
            top = [line for line in lines.splitlines() if line.startswith(f"import {name}")]
            assert top == [], path


def test_a_run_folder_and_the_account_of_memory_do_without_them(tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "for name in ('fcntl', 'resource'): sys.modules[name] = None\n"
        "sys.modules['msvcrt'] = type(sys)('msvcrt')\n"
        "sys.modules['msvcrt'].locking = lambda *given: None\n"
        "sys.modules['msvcrt'].LK_NBLCK = 2\n"
        "from isogloss.provenance import peak_memory_bytes\n"
        "from isogloss.recipes.claim import claimed\n"
        "assert peak_memory_bytes() is None\n"
        f"with claimed(Path({str(tmp_path / 'out')!r})): pass\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()


@pytest.fixture
def homeless(monkeypatch: pytest.MonkeyPatch) -> None:
    """A user of a container without HOME, and without an entry among the system's users."""
    for name in ("HOME", "USERPROFILE", "ISOGLOSS_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    original = os.path.expanduser
    monkeypatch.setattr(
        os.path, "expanduser", lambda path: path if "HOME" not in os.environ else original(path)
    )


def test_without_a_home_vectors_have_no_place_and_the_line_names_one(homeless: None) -> None:
    with pytest.raises(OutputFolderError, match="set ISOGLOSS_CACHE"):
        default_store_folder()


def test_the_command_line_finds_a_home_for_a_user_who_has_none(
    homeless: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    from isogloss.cli.home import settle_home

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    settle_home()
    home = Path(os.environ["HOME"])
    assert home.parent == tmp_path
    assert home.is_dir()
    assert default_store_folder().is_relative_to(home)
    assert "set ISOGLOSS_CACHE and HF_HOME" in caplog.text
    caplog.clear()
    settle_home()  # there is one now
    assert (Path(os.environ["HOME"]), caplog.text) == (home, "")
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.delenv(name)
