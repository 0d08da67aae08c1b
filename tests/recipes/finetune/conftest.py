"""Graded pairs and triplets in files, and what a fine-tuning makes of them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from isogloss.recipes.finetune.data import FinetuneData, gather_data
from isogloss.recipes.finetune.prepare import load_start
from isogloss.recipes.finetune.recipe import FinetuneRecipe
from isogloss.tasks import load_task

Gather = Callable[..., FinetuneData]
Write = Callable[..., str]


@pytest.fixture
def gather(finetune_recipe: FinetuneRecipe) -> Gather:
    """Reads what a recipe of graded pairs alone names, everything trained on."""
    model = load_start(finetune_recipe)

    def read(*sts: str, **more: Any) -> FinetuneData:
        values = {"pairs": (), "tasks": (), "dev_share": 0.0, "sts": sts} | more
        recipe = replace(finetune_recipe, **values)
        return gather_data(recipe, model, "en", [load_task(text) for text in recipe.tasks])

    return read


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """A file of twelve pairs in a language; some of them others, or with more columns."""

    def make(
        language: str, *, rows: Sequence[int] = range(12), name: str = "", **columns: Any
    ) -> str:
        values: dict[str, Any] = {
            "score": [row % 6 for row in rows],
            "sentence1": [f"{language} one {row}" for row in rows],
            "sentence2": [f"{language} two {row}" for row in rows],
            **columns,
        }
        lines = ["\t".join(map(str, line)) for line in zip(*values.values(), strict=True)]
        path = tmp_path / f"{name or language}.tsv"
        path.write_text("\n".join(["\t".join(values), *lines]) + "\n", encoding="utf-8")
        return f"{language}={path}"

    return make


@pytest.fixture
def write_triplets(tmp_path: Path) -> Callable[..., str]:
    """A file of German triplets."""

    def make(*triplets: str) -> str:
        path = tmp_path / "nli.tsv"
        path.write_text("".join(f"{row}\n" for row in triplets), encoding="utf-8")
        return f"de={path}"

    return make
