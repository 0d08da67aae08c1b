"""Processes of their own that begin with the model libraries imported, which takes 5 s of each.

They are forked from one that has done nothing else. What such a process prints goes where that of
the tests goes, or into a file.
"""

import multiprocessing
import os
import signal
from multiprocessing.process import BaseProcess
from pathlib import Path

COMMAND = "import sys; from isogloss.__main__ import main; sys.exit(main())"
"""What `python -m isogloss` does."""

PATIENCE = 300.0
"""Seconds; a process that takes longer hangs."""

IMPORTED = (
    *("isogloss.cli.distill", "isogloss.recipes.distill.run", "isogloss.recipes.finetune.run"),
    *("isogloss.recipes.data.translate", "torch.distributed.run"),
)

_FORKS = "forkserver" in multiprocessing.get_all_start_methods()  # not on Windows
CONTEXT = multiprocessing.get_context("forkserver" if _FORKS else "spawn")
if _FORKS:
    CONTEXT.set_forkserver_preload(list(IMPORTED))

_BEGIN = """
import os, sys
os.environ.clear()
os.environ.update(environment)
os.chdir(folder)
if log:
    stream = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(stream, 1)
    os.dup2(stream, 2)
sys.argv[1:] = words
"""


def start(code: str, *words: str | Path, log: Path | None = None) -> BaseProcess:
    """Start a process as `python -c CODE WORDS` does.

    Args:
        code: the program.
        words: of its command line.
        log: where its output is added.
    """
    names = {"environment": dict(os.environ), "folder": os.getcwd(), "log": log and str(log)}
    names |= {"words": [str(word) for word in words], "__name__": "__main__"}
    process = CONTEXT.Process(target=exec, args=(_BEGIN + code, names))
    process.start()
    return process


def send(process: BaseProcess, number: signal.Signals) -> None:
    """Send a signal to a process."""
    assert process.pid is not None
    os.kill(process.pid, number)


def wait(process: BaseProcess) -> int | None:
    """Wait for the end of a process; its exit status, None if it hangs."""
    process.join(PATIENCE)
    return process.exitcode
