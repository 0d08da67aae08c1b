"""The command `isogloss`: its verbs, and how it ends.

Exit status: 0 done, 1 a bug, 2 the user's mistake, 130 interrupted.
"""

import logging
import os
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer
import typer.core

from isogloss.allocator import keep_memory, lacks_memory
from isogloss.cli import (
    align,
    cluster,
    compare,
    data,
    distill,
    encode,
    evaluate,
    export,
    finetune,
    map,
    mine,
    paraphrases,
    publish,
    quickstart,
    reproduce,
    search,
    serve,
    similarity,
    trim,
)
from isogloss.cli.home import check_working_folder, settle_home
from isogloss.cli.stopping import stoppable
from isogloss.cli.streams import (
    emit,
    is_cut_off,
    leave_stdout,
    prepare_streams,
    reader_is_gone,
    remark,
)
from isogloss.errors import InputError, IsoglossError
from isogloss.writing import advice, refusal

NOTHING_BEGUN = "nothing is kept: run the same command again"

_USAGE: type[Exception] = typer.BadParameter.__mro__[1]  # click's, wherever typer has it
"""What typer says of words that it cannot read."""


class Verbs(typer.core.TyperGroup):
    """The verbs; words that cannot be read are told in a line, with the value that was given."""

    def invoke(self, ctx: Any) -> Any:
        """Run a verb.

        Raises:
            InputError: an option is unknown, missing, or has a value that it cannot have.
        """
        try:
            return super().invoke(ctx)
        except _USAGE as error:
            said: Any = error
            value = _value_given(getattr(getattr(said, "param", None), "opts", ()))
            given = "" if value is None else f" ({value!r} was given)"
            verb = _verb(said.ctx)
            raise InputError(
                f"{said.format_message().rstrip('.')}{given}; see `isogloss{verb} --help`"
            ) from error


def _verb(context: Any) -> str:
    """The words of a verb, such as " search delete"; "" for none."""
    return f"{_verb(context.parent)} {context.info_name}" if context and context.parent else ""


def _value_given(options: Sequence[str]) -> str | None:
    """What the command line has behind an option; None where it does not have it."""
    words = sys.argv[1:]
    for at, word in enumerate(words):
        name, equals, value = word.partition("=")
        if name in options:
            return value if equals else next(iter(words[at + 1 :]), None)
    return None


app = typer.Typer(
    name="isogloss",
    cls=Verbs,
    help="Teach a sentence-embedding model new languages.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
# to train
app.command("quickstart")(quickstart.quickstart)
app.add_typer(data.app)
app.command("distill")(distill.distill)
app.command("finetune")(finetune.finetune)
app.command("evaluate")(evaluate.evaluate)
app.command("compare")(compare.compare)
app.command("trim")(trim.trim)
app.command("reproduce")(reproduce.reproduce)
# to use
app.command("encode")(encode.encode)
app.command("similarity")(similarity.similarity)
app.add_typer(search.app, name="search")
app.command("mine")(mine.mine)
app.command("align")(align.align)
app.command("paraphrases")(paraphrases.paraphrases)
app.command("cluster")(cluster.cluster)
app.command("map")(map.draw_map)
# to share
app.command("export")(export.export)
app.command("card")(publish.card)
app.command("publish")(publish.publish)
app.command("serve")(serve.serve)


def _version(wanted: bool) -> None:
    if wanted:
        from isogloss.runs.provenance import code_version

        emit(f"isogloss {code_version()}")
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
    if not verbose:  # it writes each retry twice; what fails in the end is told in one line
        os.environ.setdefault("HF_HUB_VERBOSITY", "error")
    level = logging.INFO if verbose else logging.WARNING
    logging.basicConfig(
        format="%(levelname)s %(message)s", stream=sys.stderr, level=logging.WARNING
    )
    logging.getLogger("isogloss").setLevel(level)
    check_working_folder()
    settle_home()
    keep_memory()  # before a verb loads torch


def main() -> int:
    """Run the command line.

    Returns:
        The exit status.
    """
    prepare_streams()
    with stoppable():
        status = _run()
        try:
            sys.stdout.flush()
        except OSError:  # said already, or of no interest to a reader that is gone
            leave_stdout()
        return status


def _run() -> int:
    try:
        app()
    except SystemExit as done:
        cause = _cause(done) if done.code in (1, 130) else None
        if cause is not None:
            return _ended_by(cause)
        return done.code if isinstance(done.code, int) else int(done.code is not None)
    except (Exception, KeyboardInterrupt) as error:
        return _ended_by(error)
    return 0


def _ended_by(error: BaseException) -> int:
    """Say in one line what ended a command, and return its exit status; a bug is raised."""
    if isinstance(error, KeyboardInterrupt):
        kept = "; ".join(getattr(error, "__notes__", [])) or NOTHING_BEGUN
        remark(f"isogloss: interrupted; {kept}")
        return 130
    if isinstance(error, InterruptedError) and error.errno is None:
        remark(f"isogloss: {error}")
        return 130
    refused = refusal(error)
    if refused is not None and is_cut_off(refused) and reader_is_gone():
        leave_stdout()
        return 0
    if isinstance(error, IsoglossError):
        line = str(error)
    elif refused is not None:
        named = f" {str(refused.filename)!r}" if refused.filename else ""
        line = (
            f"{refused.strerror}{named}; {advice(refused)}, and run the same command again "
            "(`distill`, `finetune` and `reproduce` with --resume, where they have begun)"
        )
    elif lacks_memory(error):
        line = (
            f"there is not enough memory ({str(error).splitlines()[0] if str(error) else 'none'}); "
            "expected more of it: lower training.tokens_per_batch or training.batch_size, take "
            "less data, or close other programs; what is begun goes on with --resume"
        )
    else:
        raise error
    remark(f"isogloss: {' '.join(line.split())}")
    return 2


def _cause(done: SystemExit) -> BaseException | None:
    """The interruption or broken pipe that typer turned into an exit status."""
    error: BaseException | None = done
    while error is not None:
        if isinstance(error, KeyboardInterrupt | OSError):
            return error
        error = error.__cause__ or error.__context__
    return None
