"""Semantic textual similarity: do the model's cosines rank sentence pairs as people do?"""

from dataclasses import dataclass
from typing import ClassVar

from isogloss.data.graded.sts import StsData
from isogloss.metrics.items import ItemValues
from isogloss.metrics.score import Score
from isogloss.metrics.sts import estimate_correlation
from isogloss.protocols import STS, Encoder, FloatArray, Role, read_for
from isogloss.tasks.task import DEFAULTS, Settings, Task
from isogloss.vectors.similarity import paired_cosines


@dataclass(frozen=True, eq=False)
class StsTask(Task):
    """Graded sentence pairs as a task; `languages` are those of the first and second sentences."""

    data: StsData
    use: Role = STS
    kind: ClassVar[str] = "sts"

    def texts(self) -> list[str]:
        """Both sentences of every pair."""
        return [*self.data.sentences1, *self.data.sentences2]

    def cosines(self, model: Encoder) -> FloatArray:
        """The model's cosine of every pair, `(n,)`."""
        model = read_for(model, self.use)
        return paired_cosines(
            model.encode(self.data.sentences1), model.encode(self.data.sentences2)
        )

    def score(
        self, model: Encoder, *, teacher: Encoder | None = None, settings: Settings = DEFAULTS
    ) -> list[Score]:
        """Correlate cosines with the grades.

        Args:
            model: embeds `texts()`.
            teacher: not used.
            settings: bootstrap; pairs are resampled.

        Returns:
            `spearman` and `pearson`, in [-1, 1], higher is better; no value for n < 3 or a constant
            side.

        Raises:
            InputError: if embeddings do not fit or hold NaN.
        """
        cosines, gold = self.cosines(model), self.data.gold
        sheet = self.sheet(model, settings)
        items = ItemValues(cosines, gold, pairs=self.data.numbers)
        scores = []
        for statistic in ("spearman", "pearson"):
            estimate = estimate_correlation(cosines, gold, statistic=statistic, **settings.boot)
            scores.append(sheet.bootstrapped(statistic, estimate, n=len(gold), items=items))
        return scores
