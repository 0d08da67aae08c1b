"""Cache of an evaluation: each distinct text embedded once per model and way of reading it."""

import logging
from collections.abc import Iterable, Sequence

import numpy as np

from isogloss.errors import ModelShapeError
from isogloss.protocols import (
    NO_ROLE,
    Encoder,
    FloatArray,
    Progress,
    Role,
    prompt_of,
    read_for,
    way_of,
)
from isogloss.surrogates import check_whole
from isogloss.vectors.checks import are_one, check_finite

logger = logging.getLogger(__name__)

BLOCK = 4096
"""Texts handed to an encoder at once: the step of the progress bar, and room to sort by length."""


FEW, MANY = 10, 1000
"""Texts from which it is noted that all have one vector, and as many of them as are looked at."""


class EmbeddedTexts:
    """An encoder that remembers: looks up what was added, embeds what was not.

    Roles that are read alike share their vectors; those of another prompt or route are kept apart.

    Args:
        label: the model's name in messages.
        encoder: the model.
    """

    def __init__(self, label: str, encoder: Encoder) -> None:
        self.label = self.name = label
        self.encoder = encoder
        self.fingerprint = encoder.fingerprint
        self._rows: dict[tuple[str, str], dict[str, int]] = {}  # by way of reading, and text
        self._embeddings: dict[tuple[str, str], FloatArray] = {}

    def __len__(self) -> int:
        return sum(map(len, self._rows.values()))

    @property
    def dim(self) -> int:
        """Width of the embeddings."""
        return self.encoder.dim

    def prompt_for(self, role: Role) -> str:
        """See `isogloss.protocols.Encoder`."""
        return prompt_of(self.encoder, role)

    def route_for(self, role: Role) -> str:
        """See `isogloss.protocols.Encoder`."""
        return way_of(self.encoder, role)[1]

    def add_by_role(
        self, texts: Iterable[tuple[Role, Iterable[str]]], *, progress: Progress | None = None
    ) -> None:
        """Embed texts in their roles; see `add`."""
        by_way: dict[tuple[str, str], tuple[Role, list[str]]] = {}
        for role, part in texts:
            by_way.setdefault(way_of(self.encoder, role), (role, []))[1].extend(part)
        for role, wanted in by_way.values():
            self.add(wanted, role=role, progress=progress)

    def add(
        self, texts: Iterable[str], *, role: Role = NO_ROLE, progress: Progress | None = None
    ) -> None:
        """Embed the texts that are not there yet.

        Args:
            texts: any texts, duplicates allowed.
            role: what they are read as.
            progress: called after every block.

        Raises:
            InputError: if a text holds half a character, or the model gives NaN or infinity; names
                the model and the number of rows.
            ModelShapeError: if it gives another number of rows than asked, or changes its width.
        """
        way, reader = way_of(self.encoder, role), read_for(self.encoder, role)
        rows = self._rows.setdefault(way, {})
        new = [text for text in dict.fromkeys(texts) if text not in rows]
        if not new:
            return
        for text in new:
            check_whole(text, "a text")
        new.sort(key=len, reverse=True)  # long ones first: memory trouble shows at once
        blocks = [self._embeddings[way]] if way in self._embeddings else []
        for start in range(0, len(new), BLOCK):
            part = new[start : start + BLOCK]
            blocks.append(self._checked(np.asarray(reader.encode(part)), part))
            if progress is not None:
                progress(len(part))
        widths = sorted({block.shape[1] for block in blocks})
        if len(widths) > 1:
            raise ModelShapeError(
                f"model {self.label} gave embeddings of widths {widths}; expected one width;"
                " look at its encode method"
            )
        self._embeddings[way] = np.concatenate(blocks)
        for text in new:
            rows[text] = len(rows)
        self._note_empty(self._embeddings[way][-len(new) :], new)

    def encode(
        self, texts: Sequence[str], *, role: Role = NO_ROLE, progress: Progress | None = None
    ) -> FloatArray:
        """Embeddings of texts; those not added before are embedded now.

        See `isogloss.protocols.Encoder`; raises what `add` does.
        """
        self.add(texts, role=role, progress=progress)
        if not texts:
            return np.zeros((0, 0), dtype=np.float32)
        way = way_of(self.encoder, role)
        return self._embeddings[way][[self._rows[way][text] for text in texts]]

    def _note_empty(self, vectors: FloatArray, texts: Sequence[str]) -> None:
        """Say of vectors that no score can tell anything from."""
        none = ~vectors.any(axis=1)
        if none.any():
            logger.warning(
                "%s gives %s of %s texts a vector of zeros (first: %r), whose cosine with any other"
                " is 0: it reads nothing of them; check that it knows their language",
                self.label,
                f"{int(none.sum()):,}",
                f"{len(texts):,}",
                texts[int(none.argmax())][:40],
            )
        sample = vectors[:: max(1, len(texts) // MANY)]
        if len(texts) >= FEW and are_one(sample):
            logger.warning(
                "%s gives one and the same vector to all of %d texts, so that its scores mean "
                "nothing: it has collapsed, or it does not know their language",
                self.label,
                len(sample),
            )

    def _checked(self, embeddings: FloatArray, texts: Sequence[str]) -> FloatArray:
        if embeddings.ndim != 2 or len(embeddings) != len(texts):
            raise ModelShapeError(
                f"model {self.label} gave embeddings of shape {embeddings.shape} for {len(texts)}"
                f" texts; expected ({len(texts)}, dim); look at its encode method"
            )
        check_finite(embeddings, f"model {self.label}", texts)
        return embeddings.astype(np.float32, copy=False)
