"""The command `isogloss`: its verbs, and how it ends.

Exit status: 0 done, 1 a bug, 2 the user's mistake, 130 interrupted.
"""

import errno
import logging
import os
import sys
from typing import Annotated

import typer

from isogloss.allocator import keep_memory
from isogloss.cli import (
    comparing,
    distilling,
    evaluating,
    finetuning,
    quickstarting,
    reproducing,
    trimming,
)
from isogloss.errors import IsoglossError

app = typer.Typer(
    name="isogloss",
    help="Teach a sentence-embedding model new languages.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("quickstart")(quickstarting.quickstart)
app.command("distill")(distilling.distill)
app.command("finetune")(finetuning.finetune)
app.command("evaluate")(evaluating.evaluate)
app.command("compare")(comparing.compare)
app.command("trim")(trimming.trim)
app.command("reproduce")(reproducing.reproduce)


def _version(wanted: bool) -> None:
    if wanted:
        from isogloss.provenance import code_version

        typer.echo(f"isogloss {code_version()}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Log what happens to stderr.")
    ] = False,
) -> None:
    """Teach a sentence-embedding model new languages."""
    if not sys.stderr.isatty():  # the bars of the hub's libraries are for a terminal
        os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    level = logging.INFO if verbose else logging.WARNING
    logging.basicConfig(
        format="%(levelname)s %(message)s", stream=sys.stderr, level=logging.WARNING
    )
    logging.getLogger("isogloss").setLevel(level)
    keep_memory()  # before a verb loads torch


def main() -> int:
    """Run the command line.

    Returns:
        The exit status.
    """
    try:
        app()
    except SystemExit as done:
        return done.code if isinstance(done.code, int) else int(done.code is not None)
    except IsoglossError as error:
        typer.echo(f"isogloss: {' '.join(str(error).split())}", err=True)
        return 2
    except InterruptedError as error:
        typer.echo(f"isogloss: {error}", err=True)
        return 130
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        typer.echo(
            f"isogloss: {error}; expected room on that disk: free some, then run the same command "
            "again (`distill` and `finetune` with --resume)",
            err=True,
        )
        return 2
    return 0
