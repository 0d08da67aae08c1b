"""The model card of a fine-tuned model."""

from collections.abc import Mapping, Sequence
from typing import Any

from isogloss.metrics.score import Score
from isogloss.reports.cards.front_matter import front_matter, language_fields
from isogloss.reports.cards.trim import not_evaluated, trim_limits, trim_section
from isogloss.reports.cards.usage import usage_section
from isogloss.reports.finetune_tables import graded_tables, hyper_table, search_lines
from isogloss.reports.pages.finetune import finetune_summary
from isogloss.reports.results import HOW_TO_READ, result_sections
from isogloss.reports.run_facts import RunFacts, is_hub_name
from isogloss.reports.run_tables import data_table, training_table, versions
from isogloss.reports.tables import Table
from isogloss.reports.wording import language, listed, place, without_paths
from isogloss.runs.roles import held_out_note

_TAGS = ("sentence-transformers", "feature-extraction", "sentence-similarity", "isogloss")
_COLUMNS = (
    "`before`: the model that fine-tuning started from; `after`: this model; `teacher`: the model"
    " that the first was distilled from."
)


def finetune_card(
    run: Mapping[str, Any], scores: Mapping[str, Sequence[Score]], *, name: str, model: str
) -> str:
    """The card of a fine-tuned model.

    Args:
        run: the content of `run.json`; what is missing in it is left out.
        scores: scores per model label, `after` being the model itself.
        name: name under which readers will load the model; `""` where it is not known.
        model: what stands in code for it.

    Returns:
        Markdown with a YAML head; it names no folder of this machine.
    """
    facts = RunFacts(run)
    names = listed([language(tag) for tag in facts.languages])
    start = str(facts.section("start").get("name") or "")
    title = name.rpartition("/")[-1] if name else f"{place(start)}, fine-tuned for {names}"
    data, search = facts.section("data"), facts.section("search")
    parallel = data_table(RunFacts({"data": data.get("pairs") or []}))
    parts = [
        front_matter(
            {
                **language_fields(facts.languages),
                "library_name": "sentence-transformers",
                "pipeline_tag": "sentence-similarity",
                "base_model": start if is_hub_name(start) and "/" in start else "",
                "tags": _TAGS,
            }
        ),
        f"# {title}",
        "A [Sentence Transformers](https://www.sbert.net) model"
        f"{f' for {names}' if names else ''}: the cosine of two sentences follows how alike people"
        " find their meaning, in one language and across.",
        finetune_summary(facts),
        "## Usage",
        *usage_section(facts, model),
        *trim_section(facts),
        *_results(scores),
        *(f"## {title}\n\n{table.markdown()}" for title, table in graded_tables(facts).items()),
        *_section("## Parallel sentences", parallel),
        *_section("## Training", training_table(facts)),
        *_section("### Hyper-parameters", hyper_table(facts)),
        *(["## Search", "\n".join(f"- {line}" for line in search_lines(search))] if search else []),
        f"- {versions(facts)}" if versions(facts) else "",
        "## Limitations",
        "\n".join(f"- {line}" for line in _limitations(facts, scores, names)),
        "## License",
        "The license of the model it started from and those of the training data apply.",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _results(scores: Mapping[str, Sequence[Score]]) -> list[str]:
    sections = result_sections(scores)
    return ["## Results", f"{HOW_TO_READ} {_COLUMNS}", *sections] if sections else []


def _section(heading: str, table: Table | None) -> list[str]:
    return [heading, table.markdown()] if table is not None else []


def _limitations(facts: RunFacts, scores: Mapping[str, Sequence[Score]], names: str) -> list[str]:
    tuned = f"It was fine-tuned for {names or 'its training languages'} only."
    lines = [
        *(trim_limits(facts) or [tuned]),
        "Graded pairs are of short sentences; where they were machine translated, it learned from"
        " translations.",
    ]
    if facts.max_length is not None:
        lines.append(f"Input beyond {facts.max_length:.0f} tokens is cut off.")
    if not any(scores.values()):
        lines.append(not_evaluated(facts))
    given = bool(facts.section("recipe").get("dev"))
    lines += [note for note in (facts.in_domain, held_out_note(scores, given=given)) if note]
    return lines + [f"The run raised an alarm: {without_paths(alarm)}" for alarm in facts.alarms]
