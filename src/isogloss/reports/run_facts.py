"""Facts from `run.json`; a missing one leaves its line out."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from isogloss.reports.wording import language, place, two_languages, without_paths

_HUB_NAME = re.compile(r"(?:[\w-][\w.-]*/)?[\w-][\w.-]*")
_HUB_OWNER = "sentence-transformers"
FINETUNE = "finetune"
"""The `command` in `run.json` of a fine-tuning."""

_TRANSPLANT, _STATIC, _PRETRAINED = "transplant", "static", "pretrained"


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
        data = self.section("data").get("pairs") if self.is_finetuned else self.run.get("data")
        return [entry for entry in _items(data) if isinstance(entry, Mapping)]

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
    def alarms(self) -> list[str] | None:
        """What the run itself found wrong; `None` where it looked for nothing."""
        if "alarms" not in self.run:
            return None
        return [without_paths(str(alarm)) for alarm in _items(self.run["alarms"])]

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
        if self.pairs and not self.is_finetuned:
            return self.pairs[0][0]
        return str(self.run.get("pivot") or "")

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
        known = self.kind == _PRETRAINED and name != _PRETRAINED and is_hub_name(name)
        return name if known and not Path(name).exists() else None

    def trait(self, key: str) -> Any:
        """A property of the student; a transplant has the teacher's where it says nothing else."""
        inherited = self.section("teacher") if self.kind == _TRANSPLANT else {}
        return self.section("student").get(key, inherited.get(key))

    @property
    def pooling(self) -> str:
        """How tokens become a sentence: `mean`, `cls + mean`; `""` where the run does not say."""
        modes = self.trait("pooling") or ""
        return modes if isinstance(modes, str) else " + ".join(map(str, modes))

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
    def teacher(self) -> str:
        """The teacher's name for people: its hub name, or the last part of its folder."""
        name = self.section("teacher").get("name") or self.section("recipe").get("teacher") or ""
        return self.teacher_on_hub or place(str(name))

    @property
    def teacher_on_hub(self) -> str | None:
        """The teacher's full hub name; `None` for a folder."""
        return on_hub(self.section("teacher").get("name") or self.section("recipe").get("teacher"))

    @property
    def is_finetuned(self) -> bool:
        """Whether the run fine-tuned a model."""
        return self.run.get("command") == FINETUNE

    @property
    def bases_on_hub(self) -> list[str]:
        """Hub names of the models that the run started from."""
        if self.is_finetuned:
            bases = [on_hub(self.section("start").get("name"))]
        else:
            bases = [self.teacher_on_hub, self.encoder_on_hub]
        return [name for name in bases if name]

    @property
    def training_places(self) -> list[str]:
        """The places of all training data, as they were given."""
        data, recipe = self.section("data"), self.section("recipe")
        parallel = [str(entry.get("where", "")) for entry in self.data]
        graded = [str(name) for part in _parts(data.get("sts")) for name in part.get("files", ())]
        triplets = [str(text).partition("=")[2] for text in _items(recipe.get("nli"))]
        return [*parallel, *graded, *triplets]


def on_hub(name: object) -> str | None:
    """The full hub name of a model; `None` for a folder, or without a name.

    A name is one of the hub where it has the form of one and no folder of that name is here, which
    is how models are found.
    """
    name = str(name or "")
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


def _parts(value: object) -> list[Mapping[str, Any]]:
    """The values of a mapping that are mappings."""
    found = value.values() if isinstance(value, Mapping) else ()
    return [part for part in found if isinstance(part, Mapping)]
