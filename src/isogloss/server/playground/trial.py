"""What a page computes: similarities, ranks; by the models in service."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from isogloss.protocols import BITEXT_MINING, DOCUMENT, QUERY, STS, Encoder, FloatArray
from isogloss.server.playground.sentences import Sentence
from isogloss.server.playground.tables import Ranked, rank
from isogloss.vectors.similarity import normalize

if TYPE_CHECKING:
    from isogloss.server.search_api import Searched

MAX_SENTENCES = 40
"""In a heat map."""

MAX_SEARCHED = 500
"""Sentences that a query is compared with, where there is no index."""

MAX_HITS = 50

_LIMITATIONS = re.compile(r"^## Limitations\n(.*?)(?=^## |\Z)", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Trial:
    """The models that a visitor can try.

    Attributes:
        models: `student`, and `teacher` where it is at hand.
        names: what people call them.
        languages: of the student, its source first; empty where they are not known.
        limits: what its card says of them, Markdown.
        index: what is searched; None: the sentences on the page.
    """

    models: dict[str, Encoder]
    names: dict[str, str]
    languages: Sequence[str] = ()
    limits: str = ""
    index: "Searched | None" = None

    def similarities(self, sentences: Sequence[Sentence], model: str) -> FloatArray:
        """Cosines of sentences with each other, `(n, n)`."""
        role = STS if self._same_language(sentences) else BITEXT_MINING
        texts = [sentence.text for sentence in sentences]
        vectors = normalize(self.models[model].encode(texts, role=role))
        return vectors @ vectors.T

    def search(self, query: Sentence, sentences: Sequence[Sentence], model: str) -> list[Ranked]:
        """Sentences by their cosine with a query, the best first."""
        if self.index is not None:
            [hits] = self.index.search([query.text], k=MAX_HITS)
            found = [Sentence(hit.language, hit.text) for hit in hits]
            return rank(found, [hit.score for hit in hits])
        encoder = self.models[model]
        asked = normalize(encoder.encode([query.text], role=QUERY))
        texts = [sentence.text for sentence in sentences]
        scores = normalize(encoder.encode(texts, role=DOCUMENT)) @ asked[0]
        return rank(sentences, scores.tolist())

    @staticmethod
    def _same_language(sentences: Sequence[Sentence]) -> bool:
        return len({sentence.language for sentence in sentences}) == 1


def card_limits(folder: Path) -> str:
    """What a model's card says of its limits; a line that it says nothing, where it does not."""
    card = folder / "README.md"
    text = card.read_text(encoding="utf-8", errors="replace") if card.is_file() else ""
    found = _LIMITATIONS.search(text)
    return found[1].strip() if found else "The model's card says nothing of its limits."
