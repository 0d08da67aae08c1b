"""The model card: a README.md that the hub understands and a reader can trust."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from isogloss.errors import MissingFileError
from isogloss.metrics.score import Score
from isogloss.reports.cards.finetune import finetune_card
from isogloss.reports.cards.front_matter import front_matter, language_fields
from isogloss.reports.cards.trim import not_evaluated, trim_limits, trim_section
from isogloss.reports.cards.usage import usage_section
from isogloss.reports.pages.finetune import FINETUNE
from isogloss.reports.pages.page import markdown
from isogloss.reports.results import (
    COLUMNS,
    HOW_TO_READ,
    TRAINED,
    change_list,
    index_scores,
    result_sections,
    weakest,
)
from isogloss.reports.run_facts import RunFacts, as_number
from isogloss.reports.run_tables import (
    data_table,
    fingerprints,
    recipe_table,
    student_table,
    tested_pairs,
    training_table,
    versions,
)
from isogloss.reports.tables import Table
from isogloss.reports.wording import (
    code,
    count,
    language,
    listed,
    pair_name,
    percent,
    plural,
    without_paths,
)
from isogloss.runs.files import read_scores
from isogloss.runs.record import as_json, read_record
from isogloss.runs.roles import held_out_note
from isogloss.writing import write_whole

CARD_FILE = "README.md"
MODEL_PLACE = "PATH/OR/NAME"
"""What stands in code where the model's name is not known yet."""

_TAGS = (
    "sentence-transformers",
    "feature-extraction",
    "sentence-similarity",
    "isogloss",
    "distillation",
)
_KINDS = {
    "transplant": (
        "The student is the teacher's own body with a vocabulary extended by tokens of the new"
        " languages; each new token started at a mean of source-language tokens, weighted by word"
        " alignment."
    ),
    "static": "The student is a table of token embeddings whose mean is the sentence's embedding.",
}
_CITATION = """\
```bibtex
@inproceedings{reimers-gurevych-2020-making,
    title = "Making Monolingual Sentence Embeddings Multilingual using Knowledge Distillation",
    author = "Reimers, Nils and Gurevych, Iryna",
    booktitle = "Proceedings of the 2020 Conference on Empirical Methods in Natural Language Processing",
    year = "2020",
    publisher = "Association for Computational Linguistics",
    url = "https://arxiv.org/abs/2004.09813",
}
```"""  # noqa: E501 (a title of a proceedings is one line)


def model_card(
    run: Mapping[str, Any],
    scores: Mapping[str, Sequence[Score]],
    *,
    name: str = "",
) -> str:
    """The card of a distilled or fine-tuned model, trimmed or not.

    Args:
        run: the content of `run.json`; what is missing in it is left out.
        scores: scores per model label, `trained` being the model itself.
        name: name under which readers will load the model, such as `owner/name`; `""` puts
            `MODEL_PLACE` in its place.

    Returns:
        Markdown with a YAML head; it names no folder of this machine.
    """
    facts = RunFacts(run)
    model = name or MODEL_PLACE
    if run.get("command") == FINETUNE:
        return finetune_card(run, scores, name=name, model=model)
    parts = [
        _head(facts),
        _title(facts, name),
        _introduction(facts),
        *_section("", _properties(facts)),
        "## Usage",
        *usage_section(facts, model),
        *trim_section(facts),
        *_results(facts, scores),
        *_compatibility(facts, scores),
        *_section("## Training data", data_table(facts)),
        *_section("## Training", training_table(facts)),
        *_section("### Hyper-parameters", recipe_table(facts)),
        *_section("### Vocabulary and size", student_table(facts)),
        _origin(facts),
        "## Limitations",
        "\n".join(f"- {line}" for line in _limitations(facts, scores)),
        "## License",
        "The teacher's license and those of the training data apply.",
        "## Citation",
        "The method is multilingual knowledge distillation"
        " ([arXiv:2004.09813](https://arxiv.org/abs/2004.09813)):",
        _CITATION,
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def write_card(folder: Path | str, *, name: str = "") -> Path:
    """Write `README.md` from a folder's `run.json` and, where it is there, `scores.json`.

    Args:
        folder: the model's folder.
        name: see `model_card`.

    Returns:
        The path of the card; an existing one is replaced.

    Raises:
        MissingFileError: there is no `run.json`.
        DataFormatError: `run.json` or `scores.json` cannot be read.
        OutputFolderError: the folder cannot be written.
    """
    folder = Path(folder)
    run = as_json(read_record(folder))
    try:
        scores = read_scores(folder)
    except MissingFileError:
        scores = {}
    card = folder / CARD_FILE
    write_whole(card, model_card(run, scores, name=name))
    return card


def _head(facts: RunFacts) -> str:
    bases = [name for name in (facts.teacher_on_hub, facts.encoder_on_hub) if name]
    fields: dict[str, str | Sequence[str]] = {
        **language_fields(facts.languages),
        "library_name": "sentence-transformers",
        "pipeline_tag": "sentence-similarity",
        "base_model": bases[0] if len(bases) == 1 else bases,
        "tags": _TAGS,
    }
    return front_matter(fields)


def _title(facts: RunFacts, name: str) -> str:
    names = listed([language(tag) for tag in facts.languages])
    if name:
        return f"# {name.rpartition('/')[-1]}"
    teacher = facts.teacher.rpartition("/")[-1] or "A sentence-embedding model"
    return f"# {teacher} in {names}" if names else f"# {teacher}, distilled"


def _introduction(facts: RunFacts) -> str:
    names = listed([language(tag) for tag in facts.languages])
    understood = f" for {names}" if names else ""
    text = (
        f"A [Sentence Transformers](https://www.sbert.net) model{understood}: it maps sentences to"
        " vectors, and translations to nearly the same vector."
    )
    if facts.teacher:
        hub = facts.teacher_on_hub
        shown = f"[{hub}](https://huggingface.co/{hub})" if hub else code(facts.teacher)
        text += f" It was distilled from {shown} on parallel sentences."
    kind = _KINDS.get(facts.kind, "")
    if facts.encoder_on_hub:
        kind = f"The student started from {code(facts.encoder_on_hub)}."
    return f"{text} {kind}".rstrip()


def _properties(facts: RunFacts) -> Table | None:
    student = facts.section("student")
    codes = ", ".join(f"{language(tag)} ({code(tag)})" for tag in facts.languages)

    def number(value: object) -> str | None:
        known = as_number(value)
        return None if known is None else count(known)

    lengths = {None: None, True: "yes", False: "no"}
    properties = {
        "languages": codes,
        "teacher": code(facts.teacher) if facts.teacher else None,
        "kind of student": facts.kind,
        "dimension": number(facts.dim),
        "longest input, tokens": number(facts.max_length),
        "vocabulary, tokens": number(student.get("tokens_after")),
        "parameters": number(student.get("parameters")),
        "pooling": facts.pooling,
        "embeddings of length 1": lengths[facts.normalizes],
    }
    rows = tuple((key, value) for key, value in properties.items() if value)
    return Table(("property", ""), rows) if rows else None


def _results(facts: RunFacts, scores: Mapping[str, Sequence[Score]]) -> list[str]:
    sections = result_sections(scores)
    if not sections:
        return []
    columns = "; ".join(
        f"{code(label)}: {meaning}" for label, meaning in COLUMNS.items() if label in scores
    )
    intro = f"{HOW_TO_READ} {f'{columns}.' if TRAINED in scores else ''}".rstrip()
    return ["## Results", markdown([change_list(scores, facts.source)]), intro, *sections]


def _compatibility(facts: RunFacts, scores: Mapping[str, Sequence[Score]]) -> list[str]:
    table = index_scores(scores)
    if table is None:
        return []
    name = facts.source_name
    meaning = (
        f"Can {name} queries of this model search an index that the teacher built? Cosine of this"
        f" model's embedding of a sentence in {name} with the teacher's (mean and 1st percentile),"
        " and share of sentences found among the first ten in the teacher's index:"
    )
    return ["## Compatibility with an index of the teacher", meaning, markdown([table])]


def _limitations(facts: RunFacts, scores: Mapping[str, Sequence[Score]]) -> list[str]:
    names = listed([language(tag) for tag in facts.languages]) or "its training languages"
    taught = f"It was taught {names} only; elsewhere expect the teacher's quality or less."
    lines = [
        *(trim_limits(facts) or [taught]),
        "It learned to agree with its teacher: what the teacher misjudges, it misjudges too, and"
        " errors and bias of the parallel text come on top.",
    ]
    if facts.kind == "static":
        lines.append(
            "It is a mean over tokens, with no word order and no context: it does not tell who does"
            " what to whom, misses negation, and cannot choose between the senses of a word."
        )
    if facts.max_length is not None:
        lines.append(f"Input beyond {facts.max_length:.0f} tokens is cut off.")
    epochs = facts.number("training", "epochs")
    if epochs is not None and epochs < 1:
        lines.append(f"Training ended after {percent(epochs)} of one pass over the data.")
    low = weakest(scores)
    if low is not None and low.value is not None:
        pair = pair_name(low.languages)
        lines.append(f"Its weakest pair when finding translations is {pair}: {low.value:.1%}.")
    if not any(scores.values()):
        lines.append(not_evaluated(facts))
    if shared := tested_pairs(facts):
        lines.append(f"{plural(shared, 'training pair')} share a sentence with a test set.")
    lines += [note for note in (facts.in_domain, held_out_note(scores)) if note]
    return lines + [f"The run raised an alarm: {without_paths(alarm)}" for alarm in facts.alarms]


def _section(heading: str, table: Table | None) -> list[str]:
    return [heading, table.markdown()] if table is not None else []


def _origin(facts: RunFacts) -> str:
    lines = [f"- {text}" for text in (versions(facts), fingerprints(facts)) if text]
    return "\n".join(lines)
