"""What a page shows as tables: HTML whose every cell finds its own direction of writing."""

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

import numpy as np

from isogloss.data.languages import language_name
from isogloss.protocols import FloatArray
from isogloss.server.playground.sentences import Sentence


class Ranked(NamedTuple):
    """A sentence that was found.

    Attributes:
        sentence: the sentence.
        score: cosine with the query.
        rank: among all, from 1.
        own_rank: among those of its language, from 1.
    """

    sentence: Sentence
    score: float
    rank: int
    own_rank: int


def heat_map(sentences: Sequence[Sentence], cosines: FloatArray) -> str:
    """Cosines of sentences with each other, the languages on both axes.

    Args:
        sentences: `(n,)`.
        cosines: `(n, n)`.

    Returns:
        A table; the nearest other sentence of each row is framed.
    """
    others = np.array(cosines, np.float32)
    np.fill_diagonal(others, -np.inf)
    nearest = others.argmax(1) if len(sentences) > 1 else np.full(len(sentences), -1)
    head = "".join(
        f'<th scope="col" title="{escape(s.text)}">{number}<br>{_language(s)}</th>'
        for number, s in enumerate(sentences, 1)
    )
    rows = "".join(
        f'<tr><th scope="row">{number} {_language(s)}</th><td class="text">{_text(s)}</td>'
        + "".join(
            _cell(float(value), framed=column == nearest[number - 1])
            for column, value in enumerate(cosines[number - 1])
        )
        + "</tr>"
        for number, s in enumerate(sentences, 1)
    )
    return (
        '<div class="scroll"><table class="heat"><thead><tr><th></th><th></th>'
        f"{head}</tr></thead><tbody>{rows}</tbody></table></div>"
        '<p class="note">Cosines; framed: the nearest other sentence of each row.</p>'
    )


def rank(sentences: Sequence[Sentence], scores: Sequence[float]) -> list[Ranked]:
    """Sentences by their score, the best first, with their rank in all and in their language."""
    seen: dict[str, int] = {}
    ranked = []
    order = sorted(range(len(sentences)), key=lambda i: -scores[i])
    for place, i in enumerate(order, 1):
        language = sentences[i].language
        seen[language] = seen.get(language, 0) + 1
        ranked.append(Ranked(sentences[i], float(scores[i]), place, seen[language]))
    return ranked


def languages_table(ranked: Sequence[Ranked]) -> str:
    """Where the best sentence of each language stands: a model without bias mixes languages."""
    best = [hit for hit in ranked if hit.own_rank == 1]
    rows = "".join(
        f"<tr><th>{_language(hit.sentence)}</th><td>{_name(hit.sentence)}</td>"
        f"<td class='n'>{hit.rank}</td>{_cell(hit.score)}"
        f'<td class="text">{_text(hit.sentence)}</td></tr>'
        for hit in best
    )
    return _table(["", "language", "rank of its best", "cosine", "its best"], rows)


def hits_table(ranked: Sequence[Ranked]) -> str:
    """What was found, the best first."""
    rows = "".join(
        f"<tr><td class='n'>{hit.rank}</td>{_cell(hit.score)}<th>{_language(hit.sentence)}</th>"
        f'<td class="n">{hit.own_rank}</td><td class="text">{_text(hit.sentence)}</td></tr>'
        for hit in ranked
    )
    return _table(["rank", "cosine", "", "rank in its language", "sentence"], rows)


def notice(text: str) -> str:
    """A line that says what is missing."""
    return f'<p class="note" dir="auto">{escape(text)}</p>'


def _table(columns: Sequence[str], rows: str) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in columns)
    return (
        f'<div class="scroll"><table class="heat"><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _cell(value: float, *, framed: bool = False) -> str:
    """A number on its color: white at 0 and below, dark blue at 1."""
    share = min(1.0, max(0.0, value))
    light, ink = 97 - 57 * share, "#fff" if share > 0.62 else "#111"
    look = f"background:hsl(212 65% {light:.0f}%);color:{ink}"
    return f'<td class="n{" near" if framed else ""}" style="{look}">{value:.2f}</td>'


def _text(sentence: Sentence) -> str:
    lang = f' lang="{escape(sentence.language)}"' if sentence.language else ""
    return f'<span dir="auto"{lang}>{escape(sentence.text)}</span>'


def _language(sentence: Sentence) -> str:
    return escape(sentence.language) or "?"


def _name(sentence: Sentence) -> str:
    return escape(language_name(sentence.language)) if sentence.language else "not said"
