"""isogloss teaches a sentence-embedding model new languages.

This is the face of the package: the names for users, each loaded when it is first used, so that
`import isogloss` loads no torch and no numpy. Code inside the package imports from the rooms.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from isogloss.data import ParallelSentences, load_parallel
    from isogloss.encoders.opening import load
    from isogloss.recipes.align.run import align
    from isogloss.recipes.cluster import cluster
    from isogloss.recipes.data.clean import clean
    from isogloss.recipes.data.fetch import fetch, list_corpora
    from isogloss.recipes.data.filter import filter_pairs
    from isogloss.recipes.data.recipe import CleanRecipe, FilterRecipe, TranslateRecipe
    from isogloss.recipes.data.stats import stats
    from isogloss.recipes.data.translate import translate
    from isogloss.recipes.distill.recipe import DistillRecipe, StudentRecipe
    from isogloss.recipes.distill.run import distill
    from isogloss.recipes.encode.run import encode
    from isogloss.recipes.evaluate.compare import compare
    from isogloss.recipes.evaluate.run import evaluate
    from isogloss.recipes.export.run import export
    from isogloss.recipes.finetune.recipe import FinetuneRecipe
    from isogloss.recipes.finetune.run import finetune
    from isogloss.recipes.map import draw_map
    from isogloss.recipes.mine.bitext import score_bitext
    from isogloss.recipes.mine.run import mine
    from isogloss.recipes.mine.settings import MineSettings
    from isogloss.recipes.paraphrases import paraphrases
    from isogloss.recipes.publish.run import publish
    from isogloss.recipes.reproduce.recipe import ReproduceRecipe
    from isogloss.recipes.reproduce.run import reproduce
    from isogloss.recipes.search import build_index, open_index
    from isogloss.recipes.similarity import similarity
    from isogloss.search.index import Document
    from isogloss.server.serve import serve
    from isogloss.tasks import load_task
    from isogloss.training.distill.settings import TrainSettings
    from isogloss.training.finetune.settings import FinetuneSettings
    from isogloss.tuning.settings import SearchSettings
    from isogloss.vectors import nearest, paired_cosines

    __version__: str

__all__ = [
    "CleanRecipe",
    "DistillRecipe",
    "Document",
    "FilterRecipe",
    "FinetuneRecipe",
    "FinetuneSettings",
    "MineSettings",
    "ParallelSentences",
    "ReproduceRecipe",
    "SearchSettings",
    "StudentRecipe",
    "TrainSettings",
    "TranslateRecipe",
    "__version__",
    "align",
    "build_index",
    "clean",
    "cluster",
    "compare",
    "distill",
    "draw_map",
    "encode",
    "evaluate",
    "export",
    "fetch",
    "filter_pairs",
    "finetune",
    "list_corpora",
    "load",
    "load_parallel",
    "load_task",
    "mine",
    "nearest",
    "open_index",
    "paired_cosines",
    "paraphrases",
    "publish",
    "reproduce",
    "score_bitext",
    "serve",
    "similarity",
    "stats",
    "translate",
]

_PLACES = {
    "CleanRecipe": "isogloss.recipes.data.recipe:CleanRecipe",
    "DistillRecipe": "isogloss.recipes.distill.recipe:DistillRecipe",
    "Document": "isogloss.search.index:Document",
    "FilterRecipe": "isogloss.recipes.data.recipe:FilterRecipe",
    "FinetuneRecipe": "isogloss.recipes.finetune.recipe:FinetuneRecipe",
    "FinetuneSettings": "isogloss.training.finetune.settings:FinetuneSettings",
    "MineSettings": "isogloss.recipes.mine.settings:MineSettings",
    "ParallelSentences": "isogloss.data:ParallelSentences",
    "ReproduceRecipe": "isogloss.recipes.reproduce.recipe:ReproduceRecipe",
    "SearchSettings": "isogloss.tuning.settings:SearchSettings",
    "StudentRecipe": "isogloss.recipes.distill.recipe:StudentRecipe",
    "TrainSettings": "isogloss.training.distill.settings:TrainSettings",
    "TranslateRecipe": "isogloss.recipes.data.recipe:TranslateRecipe",
    "align": "isogloss.recipes.align.run:align",
    "build_index": "isogloss.recipes.search:build_index",
    "clean": "isogloss.recipes.data.clean:clean",
    "cluster": "isogloss.recipes.cluster:cluster",
    "compare": "isogloss.recipes.evaluate.compare:compare",
    "distill": "isogloss.recipes.distill.run:distill",
    "draw_map": "isogloss.recipes.map:draw_map",
    "encode": "isogloss.recipes.encode.run:encode",
    "evaluate": "isogloss.recipes.evaluate.run:evaluate",
    "export": "isogloss.recipes.export.run:export",
    "fetch": "isogloss.recipes.data.fetch:fetch",
    "filter_pairs": "isogloss.recipes.data.filter:filter_pairs",
    "finetune": "isogloss.recipes.finetune.run:finetune",
    "list_corpora": "isogloss.recipes.data.fetch:list_corpora",
    "load": "isogloss.encoders.opening:load",
    "load_parallel": "isogloss.data:load_parallel",
    "load_task": "isogloss.tasks:load_task",
    "mine": "isogloss.recipes.mine.run:mine",
    "nearest": "isogloss.vectors:nearest",
    "open_index": "isogloss.recipes.search:open_index",
    "paired_cosines": "isogloss.vectors:paired_cosines",
    "paraphrases": "isogloss.recipes.paraphrases:paraphrases",
    "publish": "isogloss.recipes.publish.run:publish",
    "reproduce": "isogloss.recipes.reproduce.run:reproduce",
    "score_bitext": "isogloss.recipes.mine.bitext:score_bitext",
    "serve": "isogloss.server.serve:serve",
    "similarity": "isogloss.recipes.similarity:similarity",
    "stats": "isogloss.recipes.data.stats:stats",
    "translate": "isogloss.recipes.data.translate:translate",
}
"""Public name to `module:name`."""


if not TYPE_CHECKING:  # a type checker sees the imports above, and a name that is not there

    def __getattr__(name: str) -> object:
        """Load a public name on first use (PEP 562)."""
        if name == "__version__":
            from isogloss.runs.provenance import code_version

            value: object = code_version()
        elif name in _PLACES:
            from importlib import import_module

            module, _, attribute = _PLACES[name].partition(":")
            value = getattr(import_module(module), attribute)
        else:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
