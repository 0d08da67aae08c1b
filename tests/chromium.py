"""Chromium without a window, which can reach this machine and nothing else."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser")

WORDS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)


@contextmanager
def chromium(profile: Path, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """A browser that is gone afterwards, with all its processes, however busy the machine is.

    It is killed, not asked: on a loaded machine it took more than 20 s to put its profile in order,
    which nobody reads.
    """
    assert PROGRAM is not None
    process = subprocess.Popen(
        [PROGRAM, *WORDS, f"--user-data-dir={profile}", *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # so that the signal reaches the whole family and no one else
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
