"""A terminal or pipe of any kind ends no command: other encodings, closed, full, cut off."""

import errno
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from isogloss.cli import streams
from isogloss.cli.app import _ended_by
from isogloss.cli.terminal import show_table
from isogloss.errors import OutputFolderError
from isogloss.reports.tables import Table

COMMAND = f"'{sys.executable}' -m isogloss"

TABLE = Table(
    columns=("languages", "FVU ↓"),
    rows=(("日本語モデル", "1.0 × 2"), ("модель [/bold] :smile:", "12†"), ("caf\udce9", "3")),
    notes=("† fewer than 1,000 pairs", "[red]no markup[/red]"),
)


def run(command: str, **environment: str) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        ["bash", "-c", command], capture_output=True, env=os.environ | environment, check=False
    )


@pytest.fixture
def stdout(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes stdout of an encoding; what was written to it is its `buffer`."""

    def make(encoding: str) -> io.BytesIO:
        raw = io.BytesIO()
        stream = io.TextIOWrapper(raw, encoding=encoding)
        monkeypatch.setattr(sys, "stdout", stream)
        streams.prepare_streams()
        return raw

    return make


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "ascii", "latin-1", "cp932"])
def test_a_table_is_printed_in_any_encoding(stdout: Any, encoding: str) -> None:
    raw = stdout(encoding)
    show_table(TABLE, title="Größe")
    written = raw.getvalue().decode(encoding, errors="replace")
    assert "no markup" in written
    assert "[/bold] :smile:" in written
    if encoding != "utf-8":
        assert "FVU v" in written or encoding == "cp932"
        assert "日本語" in written or "\\u65e5" in written


def test_columns_stand_below_each_other_whatever_the_script(stdout: Any) -> None:
    from rich.cells import cell_len

    raw = stdout("utf-8")
    show_table(
        Table(columns=("model", "value"), rows=(("日本語", "1"), ("emoji 🎉", "2")), notes=())
    )
    lines = raw.getvalue().decode().splitlines()
    assert len({cell_len(line) for line in lines}) == 1


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_json_is_json_in_any_encoding(stdout: Any, encoding: str) -> None:
    raw = stdout(encoding)
    content = {"name": "日本語 🎉 ↓", "path": "caf\udce9"}
    streams.emit_json({"name": content["name"]})
    assert json.loads(raw.getvalue().decode(encoding)) == {"name": content["name"]}


@pytest.mark.parametrize("redirected", [">&-", ">&- 2>&-", "<&-", "2>/dev/full"])
def test_a_closed_stream_is_no_fault(redirected: str) -> None:
    done = run(f"{COMMAND} --version {redirected}")
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_full_disk_below_stdout_is_told_with_the_result(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    done = run(f"{COMMAND} --version > /dev/full")
    result, line = done.stderr.decode().splitlines()
    assert done.returncode == 2
    assert result.startswith("isogloss ")
    assert line.startswith("isogloss: stdout cannot be written (No space left on device)")


def test_a_reader_who_has_had_enough_is_no_fault() -> None:
    script = (
        "from isogloss.cli import streams\n"
        "import sys\n"
        "from isogloss.cli.app import app, main\n"
        "@app.command('long')\n"
        "def long() -> None:\n"
        "    for _ in range(100_000): streams.emit('a line')\n"
        "sys.argv = ['isogloss', 'long']\n"
        "sys.exit(main())\n"
    )
    done = run(f"set -o pipefail; '{sys.executable}' -c \"{script}\" | head -1")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"a line\n", b"")


def test_a_log_that_cannot_be_written_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    left = list[Any]()
    monkeypatch.setattr(sys, "stderr", Full())
    monkeypatch.setattr(streams, "_lead_nowhere", left.append)
    streams.remark("half of it is done")
    assert left == [sys.stderr]
    monkeypatch.setattr(sys, "stdout", Full())
    with pytest.raises(OutputFolderError, match="stands on stderr"):
        streams.emit("a result")


def test_a_pipe_that_breaks_elsewhere_is_no_end_of_the_work(
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert _ended_by(BrokenPipeError(errno.EPIPE, "Broken pipe", "tracker")) == 2
    assert "Broken pipe 'tracker'; expected" in capfd.readouterr().err
