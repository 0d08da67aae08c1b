"""Parts: done once, kept whole, done again when they are not; the same bytes whoever does them."""

import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from isogloss.errors import DataFormatError, InputError, OutputFolderError
from isogloss.shards import Engine, Here, OnRay, Part, Processes, open_engine, run_parts
from isogloss.shards.folder import locked
from isogloss.shards.on_ray import cluster

PAYLOADS = [f"text {number}" for number in range(12)]


def parts(payloads: list[str] = PAYLOADS, fingerprint: str = "f") -> Iterator[Part]:
    for number, text in enumerate(payloads):
        yield Part(f"{number:04}", f"{fingerprint} {text}", text)


def digest(payload: str) -> bytes:
    return hashlib.sha256(payload.encode()).digest()


class Deadly:
    """Work that kills its process in the middle of the job, once."""

    def __init__(self, folder: Path) -> None:
        self.mark = folder / "killed"

    def __call__(self, payload: str) -> bytes:
        if payload == PAYLOADS[5] and not self.mark.exists():
            self.mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return digest(payload)


def refusing(payload: str) -> bytes:
    if payload == PAYLOADS[5]:
        raise DataFormatError("part of no use")
    return digest(payload)


class Counting:
    """Work that remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, payload: str) -> bytes:
        self.asked.append(payload)
        return digest(payload)


def content(folder: Path, work: Any = digest, engine: Engine | None = None) -> list[bytes]:
    return [done.read() for done in run_parts(folder, parts(), work, engine=engine)]


EXPECTED = [digest(text) for text in PAYLOADS]


def test_results_come_in_the_order_of_the_parts_with_their_hashes(tmp_path: Path) -> None:
    told: list[float] = []
    done = run_parts(tmp_path, parts(), digest, advance=told.append)
    assert [one.read() for one in done] == EXPECTED
    assert [one.sha256 for one in done] == [hashlib.sha256(b).hexdigest() for b in EXPECTED]
    assert sum(told) == len(PAYLOADS)


def test_what_is_done_is_not_done_again_unless_it_changed(tmp_path: Path) -> None:
    run_parts(tmp_path, parts(), digest)
    work = Counting()
    assert content(tmp_path, work) == EXPECTED
    assert work.asked == []
    (tmp_path / "0003.part").write_bytes(b"damaged")
    (tmp_path / "0005.json").unlink()
    (tmp_path / "0007.json").write_text("{")
    assert content(tmp_path, work) == EXPECTED
    assert work.asked == [PAYLOADS[3], PAYLOADS[5], PAYLOADS[7]]
    work.asked.clear()
    run_parts(tmp_path, parts(fingerprint="another"), work)
    assert work.asked == PAYLOADS


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
def test_a_job_goes_on_after_it_was_killed(tmp_path: Path) -> None:
    script = (
        "import sys; sys.path.insert(0, sys.argv[2]); from pathlib import Path\n"
        "import test_shards as t; t.content(Path(sys.argv[1]), t.Deadly(Path(sys.argv[1])))"
    )
    here = str(Path(__file__).parent)
    killed = subprocess.run([sys.executable, "-c", script, str(tmp_path), here], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert len(list(tmp_path.glob("*.json"))) == 5
    work = Counting()
    assert content(tmp_path, work) == EXPECTED
    assert work.asked == PAYLOADS[5:]


def test_parts_are_read_as_they_are_needed(tmp_path: Path) -> None:
    read = 0

    def counted() -> Iterator[Part]:
        nonlocal read
        for part in parts():
            read += 1
            yield part

    done = Here().run(digest, counted())
    next(done)
    assert read == 1


def test_an_error_of_the_work_ends_the_job_and_keeps_what_is_done(tmp_path: Path) -> None:
    with pytest.raises(DataFormatError, match="of no use"):
        run_parts(tmp_path, parts(), refusing)
    assert len(list(tmp_path.glob("*.part"))) == 5


def test_two_jobs_do_not_share_a_folder(tmp_path: Path) -> None:
    with locked(tmp_path), pytest.raises(OutputFolderError, match="another process works"):
        run_parts(tmp_path, parts(), digest)


def test_two_parts_of_one_name_are_a_bug(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="two parts"):
        run_parts(tmp_path, [*parts(), *parts()], digest)


def test_an_engine_is_found_by_its_name() -> None:
    assert isinstance(open_engine("local"), Here)
    assert isinstance(open_engine("local", 2), Processes)
    for name, workers in (("dask", None), ("local", 0)):
        with pytest.raises(InputError):
            open_engine(name, workers)
    with pytest.raises(InputError, match="--gpus-per-worker 2 has no say over --engine local"):
        open_engine("local", 2, gpus=2)


def test_processes_share_the_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 7)
    assert [Processes(workers).threads for workers in (1, 2, 8)] == [7, 3, 1]


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
def test_two_processes_give_the_same_bytes_also_when_one_is_killed(tmp_path: Path) -> None:
    work = Deadly(tmp_path)
    assert content(tmp_path / "parts", work, Processes(2)) == EXPECTED
    assert work.mark.exists()


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
def test_two_workers_of_ray_give_the_same_bytes_also_when_one_is_killed(tmp_path: Path) -> None:
    pytest.importorskip("ray")
    work = Deadly(tmp_path)
    with cluster(2):
        assert content(tmp_path / "parts", work, OnRay(2)) == EXPECTED
        assert work.mark.exists()
        with pytest.raises(DataFormatError, match=r"^part of no use$"):
            run_parts(tmp_path / "refused", parts(), refusing, engine=OnRay(2))


@pytest.mark.skipif(sys.platform != "linux", reason="/proc")
def test_workers_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    script = (
        "import sys, os, signal; sys.path.insert(0, sys.argv[1])\n"
        "from isogloss.shards import Processes, Part\n"
        "from test_shards import process_number\n"
        "if __name__ == '__main__':\n"
        "    run = Processes(1).run(process_number, iter([Part('0', '', ''), Part('1', '', '')]))\n"
        "    print(next(run)[1].decode(), flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    path = tmp_path / "job.py"
    path.write_text(script)
    command = [sys.executable, str(path), str(Path(__file__).parent)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    worker = int(done.stdout)
    for _ in range(100):
        if not Path(f"/proc/{worker}").exists():
            return
        time.sleep(0.1)
    os.kill(worker, signal.SIGKILL)
    pytest.fail("the worker lives on")


def process_number(payload: str) -> bytes:
    return str(os.getpid()).encode()
