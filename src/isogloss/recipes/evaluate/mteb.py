"""Tasks of mteb on any encoder: `isogloss evaluate --mteb TASK`."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from isogloss.errors import DataFormatError, InputError, did_you_mean, needing
from isogloss.hub import transport_errors
from isogloss.metrics.score import Score, signature
from isogloss.protocols import Encoder, FloatArray, Role
from isogloss.recipes.evaluate.prompts import warn_of_bare
from isogloss.reports.wording import listed
from isogloss.runs.provenance import code_version
from isogloss.tasks.task import prompt_fields, short
from isogloss.vectors.cached import EmbeddedTexts
from isogloss.vectors.similarity import normalize, paired_cosines

TASK = "mteb"
"""What the column `task` says of these scores."""


class MtebModel:
    """An encoder as mteb 2 wants one (`mteb.models.EncoderProtocol`); each text is embedded once.

    Args:
        label: the model's name in results.
        encoder: the model.
    """

    def __init__(self, label: str, encoder: Encoder, **_: Any) -> None:
        self.label = label
        self.texts = EmbeddedTexts(label, encoder)
        self.prompts: dict[str, str] = {}
        """What stood before the texts of the task at hand, by field of the signature."""
        self.sizes: dict[tuple[str, str], int] = {}
        """Texts of the first side of the task at hand, or queries, by split and subset."""

    @property
    def mteb_model_meta(self) -> Any:
        """The model's metadata in mteb: its label, with the fingerprint as the revision."""
        from mteb.models import ModelMeta

        whole = self.label.count("/") == 1
        name = self.label if whole else f"isogloss/{_last(self.label)}"
        known = {"name": name, "revision": self.texts.fingerprint or "unknown"}
        return ModelMeta.create_empty(overwrites=known)

    def encode(
        self,
        inputs: Iterable[Mapping[str, Any]],
        *,
        task_metadata: Any = None,
        hf_split: str = "",
        hf_subset: str = "",
        prompt_type: Any = None,
        **_: Any,
    ) -> FloatArray:
        """Embed the texts of mteb's batches, with the prompt that the model has for them.

        Args:
            inputs: batches with their texts under `text`.
            task_metadata: name and type of the task.
            hf_split: the split that they are of.
            hf_subset: the subset that they are of.
            prompt_type: query, document, or None.
            **_: size of the batches and the like.

        Returns:
            float32 `(n, dim)` in the order given.
        """
        side = "" if prompt_type is None else str(prompt_type.value)
        use = Role(side=side)
        if task_metadata is not None:
            use = Role(str(task_metadata.type), side, str(task_metadata.name))
        self.prompts[f"{side}_prompt" if side else "prompt"] = self.texts.prompt_for(use)
        texts = [str(text) for batch in inputs for text in batch["text"]]
        if side != "document":
            self.sizes.setdefault((hf_split, hf_subset), len(texts))
        return self.texts.encode(texts, role=use)

    def similarity(self, embeddings1: Any, embeddings2: Any) -> FloatArray:
        """Cosine of every row of the one with every row of the other, `(n, m)`."""
        one, other = (_rows(embeddings) for embeddings in (embeddings1, embeddings2))
        return np.asarray(normalize(one) @ normalize(other).T, dtype=np.float32)

    def similarity_pairwise(self, embeddings1: Any, embeddings2: Any) -> FloatArray:
        """Cosine of each pair of rows, `(n,)`."""
        return paired_cosines(_rows(embeddings1), _rows(embeddings2))


def load_mteb_tasks(names: Sequence[str], languages: Sequence[str] | None = None) -> list[Any]:
    """mteb's tasks by their names.

    Args:
        names: such as `STS17` or `Tatoeba`.
        languages: keep the subsets whose languages are all among these and English; `None` keeps
            all.

    Raises:
        MissingExtraError: mteb is not installed.
        InputError: mteb has no such task, whose nearest is named; or one has no subset in these
            languages.
    """
    mteb = _mteb()
    known = {task.metadata.name for task in mteb.get_tasks(exclude_superseded=False)}
    for name in names:
        if name not in known:
            hint = did_you_mean(name, sorted(known), "see mteb.get_tasks()", alike=0.5)
            raise InputError(
                f"--mteb {name!r} is no task of mteb {mteb.__version__}; expected a name such as"
                f" STS17; {hint}"
            )
    every: list[Any] = list(mteb.get_tasks(tasks=list(names)))
    if languages is None:
        return every
    wanted = {_language(code) for code in ("en", *languages)}
    codes = {code for task in every for code in task.languages if _language(code) in wanted}
    kept = mteb.get_tasks(
        tasks=list(names), languages=sorted(codes), exclusive_language_filter=True
    )
    found: list[Any] = list(kept) if codes else []
    lost = {task.metadata.name for task in every} - {task.metadata.name for task in found}
    if lost:
        raise InputError(
            f"--mteb {listed(sorted(lost))} has no subset of {listed(languages)} and English "
            "alone; expected one: name its languages with --languages, or leave it out"
        )
    return found


def score_mteb(models: Mapping[str, Encoder], tasks: Sequence[Any]) -> dict[str, list[Score]]:
    """Run mteb's own evaluation.

    Args:
        models: encoders by label.
        tasks: tasks of mteb, see `load_mteb_tasks`; also ones made in memory.

    Returns:
        Per model, one score per task, split and subset: mteb's main score under mteb's name, as a
        fraction, without an interval.

    Raises:
        MissingExtraError: mteb is not installed.
        DataFormatError: a task's data cannot be read from the hub.
    """
    mteb = _mteb()
    scores: dict[str, list[Score]] = {}
    for label, encoder in models.items():
        model = MtebModel(label, encoder)
        scores[label] = []
        for task in tasks:
            model.prompts.clear()
            model.sizes.clear()
            result = _run(mteb, model, task)
            if not any(model.prompts.values()):
                warn_of_bare(label, encoder, [str(task.metadata.name)])
            scores[label] += _scores(mteb, task, result, model)
    return scores


def _mteb() -> Any:
    with needing("--mteb", "mteb", "mteb"):
        import mteb
    return mteb


def _run(mteb: Any, model: MtebModel, task: Any) -> Any:
    import datasets

    try:
        done = mteb.evaluate(model, task, cache=None, show_progress_bar=False)
    except (OSError, *transport_errors(), datasets.exceptions.DatasetsError) as error:
        detail = str(error).partition("\n")[0] or type(error).__name__
        raise DataFormatError(
            f"mteb task {task.metadata.name}: its data cannot be read ({detail}); expected the"
            " network, or the hub's cache; --suite reads the field's suites from a folder"
        ) from error
    (result,) = done.task_results
    return result


def _scores(mteb: Any, task: Any, result: Any, model: MtebModel) -> list[Score]:
    metadata, sizes = task.metadata, model.sizes
    return [
        Score(
            task=TASK,
            languages=str(row["hf_subset"]),
            metric=str(metadata.main_score),
            value=float(row["main_score"]),
            low=None,
            high=None,
            n=sizes.get((split, row["hf_subset"])) or _size(task, row["hf_subset"], split),
            signature=signature(
                metric=metadata.main_score,
                split=split,
                mteb=mteb.__version__,
                v=code_version(),
                data=short(str(metadata.revision)),
                model=short(model.texts.fingerprint),
                **prompt_fields(model.prompts),
            ),
            data=str(metadata.name),
        )
        for split, rows in result.scores.items()
        for row in rows
    ]


def _size(task: Any, subset: str, split: str) -> int:
    """Number of rows of a subset; 1 where mteb has released the data."""
    data = task.dataset or {}
    part = data.get(subset, data)
    return len(part[split]) if split in part else 1


def _rows(embeddings: Any) -> FloatArray:
    return np.atleast_2d(np.asarray(embeddings, dtype=np.float32))


def _last(label: str) -> str:
    return label.rstrip("/").rpartition("/")[2] or "model"


def _language(code: str) -> str:
    """The language that people mean: Mandarin (mteb's `cmn`) is Chinese, Bokmål Norwegian."""
    import langcodes

    language = str(langcodes.Language.get(code).prefer_macrolanguage().language)
    return {"nb": "no", "nn": "no"}.get(language, language)
