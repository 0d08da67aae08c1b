"""Memory is kept between steps, unless the user has a say of their own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from isogloss import allocator
from isogloss.allocator import give_back_pages

FAULTS = """
import json, resource
from isogloss.allocator import keep_memory
{call}
import numpy as np
def faults(): return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
np.ones(1 << 23)  # 64 MiB
before = faults()
for _ in range(5): np.ones(1 << 23)
print(json.dumps(faults() - before))
"""


def run(code: str, **environment: str) -> object:
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("MALLOC_", "GLIBC_"))}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=clean | environment,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return json.loads(done.stdout)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc has mallopt")
def test_memory_given_back_is_there_for_the_next_step() -> None:
    plain, kept = (run(FAULTS.format(call=call)) for call in ("", "keep_memory()"))
    assert isinstance(plain, int)
    assert isinstance(kept, int)
    assert kept < plain / 10


def test_a_users_own_settings_win(monkeypatch: pytest.MonkeyPatch) -> None:
    settled: list[tuple[int, int]] = []
    monkeypatch.setattr(
        allocator, "_of_glibc", lambda name: lambda *values: settled.append(values) or 1
    )
    for name in [name for name in os.environ if name.startswith(("MALLOC_", "GLIBC_TUNABLES"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "9")
    monkeypatch.setenv("THP_MEM_ALLOC_ENABLE", "0")
    allocator.keep_memory()
    assert len(settled) == 3
    monkeypatch.setenv("MALLOC_ARENA_MAX", "2")
    allocator.keep_memory()
    assert len(settled) == 3
    assert os.environ["ONEDNN_PRIMITIVE_CACHE_CAPACITY"] == "9"
    assert os.environ["THP_MEM_ALLOC_ENABLE"] == "0"


GIVEN_BACK = """
import json, os
from isogloss.allocator import give_back_memory, keep_memory
keep_memory()
import numpy as np
def resident(): return int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
before = resident()
wall = np.ones(1 << 23), np.ones(1 << 10)
wall = wall[1]  # what is free lies below what is not
kept = resident()
give_back_memory()
print(json.dumps([kept - before, resident() - before]))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc has malloc_trim")
def test_memory_goes_back_between_two_stages() -> None:
    measured = run(GIVEN_BACK)
    assert isinstance(measured, list)
    kept, after = measured
    assert kept > 60 << 20
    assert after < 10 << 20


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="it is read from /proc")
def test_pages_of_files_that_were_read_are_given_back(tmp_path: Path) -> None:
    def shared() -> int:
        return int(Path("/proc/self/statm").read_text().split()[2]) * os.sysconf("SC_PAGE_SIZE")

    size = 1 << 25
    np.save(tmp_path / "numbers.npy", np.arange(size // 8))
    mapped = np.asarray(np.load(tmp_path / "numbers.npy", mmap_mode="r"))
    before, total = shared(), mapped.sum()
    assert shared() - before > 0.9 * size
    give_back_pages(mapped, mapped[4:], np.ones(3), None)
    assert shared() - before < 0.1 * size
    assert mapped.sum() == total
