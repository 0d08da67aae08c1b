"""Systems without what most have: the modules that Windows lacks, a home folder, room on disk."""

import ast
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

import isogloss
from isogloss.data.token_table import TokenTable
from isogloss.errors import IsoglossError, OutputFolderError
from isogloss.training.checkpoints import write_checkpoint
from isogloss.training.distill.examples import ExamplesWriter
from isogloss.vectors.store import TargetStore, default_store_folder
from isogloss.writing import write_whole

SOURCE = Path(isogloss.__file__).parent

LACKING = {"fcntl", "grp", "msvcrt", "pwd", "resource", "termios"}
"""Modules that one system has and another has not: Windows, or the others."""


def modules_on_import(body: Iterable[ast.stmt]) -> Iterator[str]:
    """Names of the modules that some lines import when they run, but for what functions do."""
    for line in body:
        if isinstance(line, ast.Import):
            yield from (name.name for name in line.names)
        elif isinstance(line, ast.ImportFrom) and not line.level:
            yield line.module or ""
        elif not isinstance(line, ast.FunctionDef | ast.AsyncFunctionDef):
            for part in ast.iter_child_nodes(line):  # of `if`, `try`, `with`, `class` ...
                inner = (
                    part.body if isinstance(part, ast.ExceptHandler | ast.match_case) else [part]
                )
                yield from modules_on_import(p for p in inner if isinstance(p, ast.stmt))


def test_nothing_that_a_system_lacks_is_imported_before_it_is_needed() -> None:
    found = sorted(SOURCE.rglob("*.py"))
    assert len(found) > 100
    for path in found:
        names = modules_on_import(ast.parse(path.read_bytes()).body)
        assert LACKING.isdisjoint(name.partition(".")[0] for name in names), path


@pytest.mark.parametrize(
    "text",
    [
        "import fcntl",
        "import os, fcntl as f",
        "from fcntl import flock",
        "if True:\n    import fcntl",
        "if True:\n    pass\nelse:\n    from fcntl import flock",
        "try:\n    import fcntl\nexcept ImportError:\n    pass",
        "try:\n    import msvcrt\nexcept ImportError:\n    import fcntl",
        "class Lock:\n    import fcntl",
        "match 1:\n    case _:\n        import fcntl",
    ],
)
def test_an_import_is_found_wherever_a_module_has_it(text: str) -> None:
    assert "fcntl" in set(modules_on_import(ast.parse(text).body))
    later = "def lock() -> None:\n" + "\n".join("    " + line for line in text.splitlines())
    assert set(modules_on_import(ast.parse(later).body)) == set()


def test_a_run_folder_and_the_account_of_memory_do_without_them(tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "for name in ('fcntl', 'resource'): sys.modules[name] = None\n"
        "sys.modules['msvcrt'] = type(sys)('msvcrt')\n"
        "sys.modules['msvcrt'].locking = lambda *given: None\n"
        "sys.modules['msvcrt'].LK_NBLCK = 2\n"
        "from isogloss.runs.provenance import peak_memory_bytes\n"
        "from isogloss.runs.claim import claimed\n"
        "sys.platform = 'win32'\n"
        "assert peak_memory_bytes() is None\n"
        "sys.platform = 'linux'\n"
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


@pytest.mark.parametrize("written", ["examples", "targets", "checkpoint", "page"])
def test_a_disk_that_is_full_in_the_middle_of_a_file_is_one_line(
    tmp_path: Path, written: str
) -> None:
    resource = pytest.importorskip("resource")  # the limit stands for the disk: EFBIG
    numbers = np.arange(100_000, dtype=np.int32)
    table = TokenTable(numbers, np.array([0, len(numbers)]))
    store = TargetStore(tmp_path / "targets", {"teacher": "a"}, dim=32)
    texts = [str(i) for i in range(5_000)]

    def write_examples(place: Path) -> None:
        with ExamplesWriter(place) as writer:
            writer.add("en", table, np.array([b"a"]))

    calls = {
        "examples": write_examples,
        "targets": lambda _: store.ensure(texts, lambda some: np.ones((len(some), 32), np.float32)),
        "checkpoint": lambda place: write_checkpoint(
            place, 1, {"model": {"a": torch.from_numpy(numbers)}}, {}
        ),
        "page": lambda place: write_whole(place, "a" * 400_000),
    }
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
    try:
        with pytest.raises(IsoglossError, match="; expected room on that disk"):
            calls[written](tmp_path / written)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    calls[written](tmp_path / written)  # there is room again


def test_a_service_starts_where_macos_refuses_the_limit_that_it_calls_unlimited(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    resource = pytest.importorskip("resource")
    running = pytest.importorskip("isogloss.server.running")
    given = []

    def set_limit(kind: int, limits: tuple[int, int]) -> None:
        given.append(limits)
        if limits[0] == resource.RLIM_INFINITY:
            raise ValueError("current limit exceeds maximum limit")

    monkeypatch.setattr(resource, "getrlimit", lambda kind: (256, resource.RLIM_INFINITY))
    monkeypatch.setattr(resource, "setrlimit", set_limit)
    running._raise_file_limit()
    unlimited = resource.RLIM_INFINITY
    assert given == [(unlimited, unlimited), (10_240, unlimited)]
