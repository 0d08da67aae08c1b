"""What `run.json` says, read so that a missing fact leaves its line out and stops nothing."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from isogloss.reports.wording import language, place, two_languages, without_paths

_HUB_NAME = re.compile(r"(?:[\w-][\w.-]*/)?[\w-][\w.-]*")
_HUB_OWNER = "sentence-transformers"
_TRANSPLANT, _STATIC, _PRETRAINED = "transplant", "static", "pretrained"
_IN_DOMAIN = (
    "Test and training data come from the same collection: on other kinds of text expect lower"
    " numbers."
)


@dataclass(frozen=True)
class RunFacts:
    """A view of `run.json`.

    Args:
        run: the content of `run.json`; any part may be missing.
    """

    run: Mapping[str, Any]

    def section(self, name: str) -> Mapping[str, Any]:
        """A part of the run such as `training`; empty where it is missing."""
        found = self.run.get(name)
        return found if isinstance(found, Mapping) else {}

    def number(self, section: str, key: str) -> float | None:
        """A number from a part of the run; `None` where it is missing or no number."""
        return as_number(self.section(section).get(key))

    @property
    def data(self) -> list[Mapping[str, Any]]:
        """One report per file of parallel sentences."""
        return [entry for entry in _items(self.run.get("data")) if isinstance(entry, Mapping)]

    @property
    def history(self) -> list[Mapping[str, Any]]:
        """What training logged, in order."""
        logged = _items(self.section("training").get("history"))
        return [entry for entry in logged if isinstance(entry, Mapping)]

    @property
    def finished(self) -> str:
        """When the run ended, such as `2026-11-21 16:39 UTC`; `""` where it does not say."""
        try:
            moment = datetime.fromisoformat(str(self.run.get("finished")))
        except ValueError:
            return ""
        zone = f" {moment.tzname()}" if moment.tzname() else ""
        return f"{moment:%Y-%m-%d %H:%M}{zone}"

    @property
    def alarms(self) -> list[str]:
        """What the run itself found wrong."""
        return [str(alarm) for alarm in _items(self.run.get("alarms"))]

    @property
    def notes(self) -> list[str]:
        """What a reader of its scores must know; folders are cut to their last part."""
        return [without_paths(str(note)) for note in _items(self.run.get("notes"))]

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Source and target code of every file, in order."""
        named = [str(entry["languages"]) for entry in self.data if entry.get("languages")]
        if not named:
            written = _items(self.section("recipe").get("pairs"))
            named = [str(text).partition("=")[0] for text in written if "=" in str(text)]
        return [two_languages(pair) for pair in named]

    @property
    def source(self) -> str:
        """Code of the language that the teacher knows; `""` where the run does not say."""
        pivot = str(self.run.get("pivot") or "")
        return self.pairs[0][0] if self.pairs else pivot

    @property
    def targets(self) -> list[str]:
        """Codes of the languages added, in order of appearance."""
        return list(dict.fromkeys(target for _, target in self.pairs if target != self.source))

    @property
    def languages(self) -> list[str]:
        """Codes of all languages of the student, the source first; none where a trim left none."""
        if self.run.get("languages") is not None:
            named = _items(self.run["languages"])
            return sorted(map(str, named), key=lambda tag: tag != self.source)
        return [self.source, *self.targets] if self.source else []

    @property
    def source_name(self) -> str:
        """English name of the source language."""
        return language(self.source) if self.source else "Source"

    @property
    def kind(self) -> str:
        """Kind of student: `transplant`, `static` or `pretrained`; `""` where it is unknown."""
        kind = _STATIC if self.section("student").get("static") else self._written_kind
        return kind if kind in ("", _TRANSPLANT, _STATIC) else _PRETRAINED

    @property
    def _written_kind(self) -> str:
        recipe = self.section("recipe").get("student")
        written = recipe.get("kind") if isinstance(recipe, Mapping) else recipe
        return str(self.section("student").get("kind") or written or "")

    @property
    def encoder_on_hub(self) -> str | None:
        """Hub name of the pretrained encoder that the student started from, if it did from one."""
        name = str(self.section("student").get("name") or self._written_kind)
        if self.kind != _PRETRAINED or name == _PRETRAINED:
            return None
        return name if is_hub_name(name) and not Path(name).exists() else None

    def trait(self, key: str) -> Any:
        """A property of the student; a transplant has the teacher's where it says nothing else."""
        inherited = self.section("teacher") if self.kind == _TRANSPLANT else {}
        return self.section("student").get(key, inherited.get(key))

    @property
    def pooling(self) -> str:
        """How tokens become a sentence, such as `mean`; `""` where the run does not say."""
        return str(self.trait("pooling") or "")

    @property
    def normalizes(self) -> bool | None:
        """Whether embeddings have length 1; `None` where the run does not say."""
        said = self.trait("normalizes")
        return None if said is None else bool(said)

    @property
    def dim(self) -> float | None:
        """Width of the embeddings: that of the teacher's, which the student must reach."""
        return self.number("student", "dim") or self.number("teacher", "dim")

    @property
    def max_length(self) -> float | None:
        """Longest input in tokens; `None` where the run does not say."""
        return as_number(self.trait("max_length"))

    @property
    def in_domain(self) -> str:
        """A warning where test data resemble training data: the run's words, or the usual ones."""
        said = self.run.get("in_domain")
        if isinstance(said, str):
            return without_paths(said)
        return _IN_DOMAIN if said else ""

    @property
    def teacher(self) -> str:
        """The teacher's name for people: its hub name, or the last part of its folder."""
        name = self.section("teacher").get("name") or self.section("recipe").get("teacher") or ""
        return self.teacher_on_hub or place(str(name))

    @property
    def teacher_on_hub(self) -> str | None:
        """The teacher's full hub name; `None` for a folder.

        `teacher.hub` decides where the run has it. Otherwise a name is a hub name where it has the
        form of one and no folder of that name is here, which is how models are found.
        """
        teacher = self.section("teacher")
        if "hub" in teacher:
            return str(teacher["hub"]) if teacher["hub"] else None
        name = str(teacher.get("name") or self.section("recipe").get("teacher") or "")
        if not is_hub_name(name) or Path(name).exists():
            return None
        return name if "/" in name else f"{_HUB_OWNER}/{name}"


def is_hub_name(name: str) -> bool:
    """Whether a name has the form `owner/name` or `name`, rather than that of a path."""
    return _HUB_NAME.fullmatch(name) is not None


def as_number(value: object) -> float | None:
    """A value as a number; `None` where it is not a finite one."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) < float("inf") else None


def _items(value: object) -> Sequence[Any]:
    return value if isinstance(value, Sequence) and not isinstance(value, str) else ()
