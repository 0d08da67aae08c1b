"""The model card: a README.md that the hub understands and a reader can trust."""

import json
import tomllib
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from isogloss.errors import MissingFileError
from isogloss.metrics.score import Score
from isogloss.reports.cards.metadata import metadata
from isogloss.reports.finetune_tables import (
    finetune_summary,
    graded_tables,
    hyper_table,
    search_lines,
)
from isogloss.reports.results import (
    COLUMNS,
    FINETUNE_COLUMNS,
    HOW_TO_READ,
    TRAINED,
    change_lines,
    in_order,
    index_scores,
    result_sections,
    weakest,
)
from isogloss.reports.run_facts import RunFacts
from isogloss.reports.run_tables import (
    data_table,
    fingerprints,
    properties_table,
    recipe_table,
    student_table,
    tested_pairs,
    training_table,
    trim_table,
    versions,
)
from isogloss.reports.tables import scores_table
from isogloss.reports.templates import render_markdown
from isogloss.reports.wording import code, language, listed, place
from isogloss.runs.files import read_scores
from isogloss.runs.record import as_json, read_record
from isogloss.runs.roles import held_out_note
from isogloss.writing import write_whole

CARD_FILE = "README.md"
MODEL_PLACE = "PATH/OR/NAME"
"""What stands in code where the model's name is not known yet."""

_MOST_SENTENCES = 4
"""Languages in which the code of a card says the same."""

Scores = Mapping[str, Sequence[Score]]


def write_card(folder: Path | str, *, name: str = "", license: str = "") -> Path:
    """Write `README.md` from a folder's `run.json` and, where it is there, `scores.json`.

    Args:
        folder: the model's folder.
        name: see `model_card`.
        license: see `model_card`.

    Returns:
        The path of the card; an existing one is replaced.

    Raises:
        MissingFileError: there is no `run.json`.
        DataFormatError: `run.json` or `scores.json` cannot be read.
        OutputFolderError: the folder cannot be written.
    """
    folder = Path(folder)
    card = folder / CARD_FILE
    write_whole(card, card_of(folder, name=name, license=license))
    return card


def card_of(folder: Path, *, name: str = "", license: str = "") -> str:
    """The card that `write_card` writes.

    Raises:
        MissingFileError: there is no `run.json`.
        DataFormatError: `run.json` or `scores.json` cannot be read.
    """
    try:
        scores = read_scores(folder)
    except MissingFileError:
        scores = {}
    return model_card(as_json(read_record(folder)), scores, name=name, license=license)


def model_card(run: Mapping[str, Any], scores: Scores, *, name: str = "", license: str = "") -> str:
    """The card of a distilled or fine-tuned model, trimmed or not.

    Args:
        run: the content of `run.json`; what is missing in it is left out.
        scores: scores per model label, `trained` or `after` being the model itself.
        name: name under which readers will load the model, such as `owner/name`; `""` puts
            `MODEL_PLACE` in its place.
        license: identifier of its license on the hub, such as `apache-2.0`; `""` where it is not
            known.

    Returns:
        Markdown with a YAML head; it names no folder of this machine.
    """
    facts = RunFacts(run)
    names = listed([language(tag) for tag in facts.languages])
    title = _title(facts, name, names)
    given = facts.is_finetuned and bool(facts.section("recipe").get("dev"))
    return render_markdown(
        "cards/card.md.jinja",
        facts=facts,
        names=names,
        title=title,
        license=license,
        metadata=metadata(facts, scores, title=title, license=license),
        usage=_usage(facts, name or MODEL_PLACE),
        trim=_trim(facts),
        epochs=facts.number("training", "epochs"),
        tested_pairs=tested_pairs(facts),
        weakest=weakest(scores),
        evaluated=any(scores.values()),
        held_out_note=held_out_note(scores, given=given),
        how_to_read=HOW_TO_READ,
        columns=_columns(facts, scores),
        results=result_sections(in_order(scores)),
        **(_finetuned(facts) if facts.is_finetuned else _distilled(facts, scores)),
    )


def _title(facts: RunFacts, name: str, names: str) -> str:
    if name:
        return name.rpartition("/")[-1]
    if facts.is_finetuned:
        start = place(str(facts.section("start").get("name") or "")) or "A model"
        return f"{start}, fine-tuned for {names}" if names else f"{start}, fine-tuned"
    teacher = facts.teacher.rpartition("/")[-1] or "A sentence-embedding model"
    return f"{teacher} in {names}" if names else f"{teacher}, distilled"


def _distilled(facts: RunFacts, scores: Scores) -> dict[str, Any]:
    """What only the card of a distilled model says."""
    index = index_scores(scores)
    tables = {
        "## Training data": data_table(facts),
        "## Training": training_table(facts),
        "### Hyper-parameters": recipe_table(facts),
        "### Vocabulary and size": student_table(facts),
    }
    properties = properties_table(facts)
    return {
        "properties": properties.markdown() if properties else "",
        "changes": change_lines(scores, facts.source),
        "index": scores_table(index, hide=("task",)).markdown() if index else "",
        "tables": {title: table.markdown() for title, table in tables.items() if table},
        "search": [],
        "origin": [text for text in (versions(facts), fingerprints(facts)) if text],
    }


def _finetuned(facts: RunFacts) -> dict[str, Any]:
    """What only the card of a fine-tuned model says."""
    search = facts.section("search")
    tables = {
        **{f"## {title}": table for title, table in graded_tables(facts).items()},
        "## Parallel sentences": data_table(facts),
        "## Training": training_table(facts),
        "### Hyper-parameters": hyper_table(facts),
    }
    return {
        "summary": finetune_summary(facts),
        "changes": [],
        "index": "",
        "tables": {title: table.markdown() for title, table in tables.items() if table},
        "search": search_lines(search) if search else [],
        "origin": [text for text in (versions(facts),) if text],
    }


def _columns(facts: RunFacts, scores: Scores) -> str:
    """What the columns of the results are."""
    if facts.is_finetuned:
        return "; ".join(f"{code(label)}: {text}" for label, text in FINETUNE_COLUMNS.items())
    if TRAINED not in scores:
        return ""
    return "; ".join(f"{code(key)}: {text}" for key, text in COLUMNS.items() if key in scores)


def _usage(facts: RunFacts, model: str) -> dict[str, Any]:
    """What the code of a card needs to embed sentences as the model was trained to."""
    student, prompt = facts.section("student"), str(facts.section("start").get("prompt") or "")
    plain = facts.kind != "static" and not student.get("projection") and not prompt
    return {
        "model": model,
        "oldest": student.get("sentence_transformers"),
        "sentences": _sentences(facts.languages or ["en"]),
        "prompt": json.dumps(prompt, ensure_ascii=False) if prompt else "",
        "dim": "dim" if facts.dim is None else f"{facts.dim:.0f}",
        "max_length": None if facts.max_length is None else f"{facts.max_length:.0f}",
        "transformers_alone": plain and facts.pooling in ("mean", "cls"),
    }


def _sentences(codes: Sequence[str]) -> list[str]:
    """A sentence in a few languages, then another sentence to tell it from."""
    content = files(__package__).joinpath("examples.toml").read_text(encoding="utf-8")
    known = tomllib.loads(content)
    same = [
        known.get(code) or known.get(code.partition("-")[0]) or f"(the same in {language(code)})"
        for code in codes[:_MOST_SENTENCES]
    ]
    return [*same, "The library is closed on Mondays."]


def _trim(facts: RunFacts) -> dict[str, Any]:
    """What was trimmed, and how alike the model is to what it was; empty where nothing was."""
    trim = RunFacts(facts.section("trim"))
    if not trim.run:
        return {}
    names = listed([language(str(tag)) for tag in trim.section("settings").get("languages") or ()])
    alike = ("compared", "cut_alike", "cosines", "cosine_mean", "cosine_min")
    found = {key: trim.number("report", key) for key in alike}
    return {
        "origin": str(trim.run.get("model", "another model")),
        "budget": trim.number("settings", "tokens"),
        "kept": f"in the scripts of {names}" if names else "spelled in the letters of a text",
        "sizes": trim_table(trim).markdown(),
        **(found if None not in found.values() else {"cosines": None}),
    }
