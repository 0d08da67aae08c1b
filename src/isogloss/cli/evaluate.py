"""`isogloss evaluate`."""

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from isogloss.cli.options import AsJson, DataRoot, Suites
from isogloss.cli.places import folder
from isogloss.cli.streams import emit, emit_json
from isogloss.runs.kinds import GIVEN_KINDS

if TYPE_CHECKING:
    from isogloss.recipes.evaluate.run import Evaluation

Models = Annotated[
    list[str],
    typer.Option(
        "--model",
        help="Folder or hub name; mean:NAME, cls:NAME, max:NAME, laser: are baselines. Repeatable.",
    ),
]
Tasks = Annotated[
    list[str] | None,
    typer.Option(
        "--task",
        help=f"KIND:LANGS=WHERE; kinds are {', '.join(GIVEN_KINDS)}. Repeatable.",
    ),
]
Languages = Annotated[
    str, typer.Option(help="Only test sets in and between these and English; or `all`.")
]
Teacher = Annotated[str | None, typer.Option(help="The teacher, for health and retention.")]
Prompts = Annotated[
    list[str] | None,
    typer.Option(
        "--prompt",
        help="Text before every sentence instead of what the model's folder names: once for all"
        ' models, or once per --model in their order. An empty one ("") is none.',
    ),
]
TeacherPrompt = Annotated[
    str | None,
    typer.Option(help="The same for the teacher; by default that of the model which it is."),
]
Out = Annotated[
    Path | None,
    typer.Option(
        parser=folder, metavar="PATH", help="Folder for scores, report.md, report.html, and plots."
    ),
]
NearestBy = Annotated[str, typer.Option(help="Nearest in bitext tasks: cosine, or margin (ratio).")]
Published = Annotated[bool, typer.Option("--published", help="Also show published results.")]
Mteb = Annotated[
    list[str] | None, typer.Option("--mteb", help="A task of mteb, run by mteb. Repeatable.")
]
MtebResults = Annotated[
    bool, typer.Option("--mteb-results", help="Also write suites' scores as mteb's files to --out.")
]


def evaluate(
    models: Models,
    tasks: Tasks = None,
    suites: Suites = None,
    data_root: DataRoot = None,
    languages: Languages = "",
    prompts: Prompts = None,
    teacher: Teacher = None,
    teacher_prompt: TeacherPrompt = None,
    out: Out = None,
    nearest_by: NearestBy = "cosine",
    published: Published = False,
    mteb: Mteb = None,
    mteb_results: MtebResults = False,
    as_json: AsJson = False,
) -> None:
    """Score models: STS, finding translations, retrieval, health."""
    from isogloss.cli.terminal import Terminal
    from isogloss.recipes.evaluate.run import evaluate as run
    from isogloss.recipes.evaluate.suites import chosen_languages, open_suites
    from isogloss.tasks import Settings, load_task

    with _held(out, needed_for="--mteb-results" if mteb_results else ""):
        settings = Settings(nearest_by=nearest_by)  # type: ignore[arg-type]  # checked there
        loaded = [load_task(text) for text in tasks or []]
        wanted = chosen_languages(languages, models)
        opened = open_suites(suites or [], data_root=data_root, wanted=wanted)
        # from here on models are needed, and the libraries that load them
        from isogloss.recipes.evaluate.models import open_models
        from isogloss.recipes.evaluate.mteb import load_mteb_tasks, score_mteb

        bench = load_mteb_tasks(mteb, wanted.codes) if mteb else []
        with Terminal(quiet=as_json).stage("evaluating"):
            encoders, reference = open_models(
                models, prompts or (), teacher=teacher, teacher_prompt=teacher_prompt
            )
            more = score_mteb(encoders, bench) if bench else {}
            result = run(
                encoders,
                loaded,
                suites=opened.suites,
                more=more,
                notes=opened.notes,
                teacher=reference,
                settings=settings,
            )
        try:
            _write(result, out, published=published, mteb_results=mteb_results)
        finally:  # scores that cannot be written are shown all the same
            _show(result, published=published, as_json=as_json)


def _held(out: Path | None, *, needed_for: str) -> AbstractContextManager[object]:
    """Claim the folder of an evaluation, if it has one."""
    from isogloss.errors import InputError
    from isogloss.runs.lifecycle import open_run

    if out is not None:
        return open_run(out, keeps="like", command="evaluate")
    if needed_for:
        raise InputError(f"{needed_for} has no place to write to; expected a folder; add --out DIR")
    return nullcontext()


def _write(result: "Evaluation", out: Path | None, *, published: bool, mteb_results: bool) -> None:
    """Write what an evaluation leaves in its folder."""
    from isogloss.recipes.evaluate.mteb_results import write_mteb_results
    from isogloss.recipes.evaluate.run import write_evaluation

    write_evaluation(result, out, published=published)
    if mteb_results and out is not None:
        write_mteb_results(result.scores, out)


def _show(result: "Evaluation", *, published: bool, as_json: bool) -> None:
    """Print the rows as JSON or as tables."""
    from isogloss.cli.terminal import show_table
    from isogloss.recipes.evaluate.run import format_table
    from isogloss.reports.published import PUBLISHED_NOTE, beside_published

    if as_json:
        emit_json(result.rows())
        return
    show_table(format_table(result))
    if published:
        emit(PUBLISHED_NOTE)
        for title, table in beside_published(result.scores).items():
            show_table(table, title=title)
