"""Embeddings of an evaluation's texts: each distinct text once per model, checked on arrival."""

import logging
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from isogloss.errors import InputError, ModelShapeError
from isogloss.protocols import Encoder, FloatArray, Use, identity_of, prompt_of, read_for
from isogloss.vectors.checks import are_one, check_finite

logger = logging.getLogger(__name__)

Progress = Callable[[str, int, int], None]
"""Called with the model's label, the number of texts done and the number of all."""

BLOCK = 4096
"""Texts handed to an encoder at once: the step of the progress bar, and room to sort by length."""


FEW, MANY = 10, 1000
"""Texts from which it is noted that all have one vector, and as many of them as are looked at."""


class EmbeddedTexts:
    """An encoder that remembers: looks up what was added, embeds what was not.

    Sentences that a model reads with another prompt are other vectors, and are kept apart: see
    `for_use`.

    Args:
        label: the model's name in messages.
        encoder: the model.
    """

    def __init__(self, label: str, encoder: Encoder) -> None:
        self.label = label
        self.encoder = encoder
        self.fingerprint = encoder.fingerprint
        self.prompt = prompt_of(encoder)
        self._readers: dict[str, EmbeddedTexts] = {}
        self._rows: dict[str, int] = {}
        self._embeddings: FloatArray | None = None

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def identity(self) -> str:
        """See `isogloss.protocols.identity_of`."""
        return identity_of(self.encoder)

    def for_use(self, use: Use) -> "EmbeddedTexts":
        """What reads and remembers sentences of a use; one for all uses with the same prompt."""
        reader = read_for(self.encoder, use)
        prompt = prompt_of(reader)
        if prompt == self.prompt:
            return self
        return self._readers.setdefault(prompt, EmbeddedTexts(self.label, reader))

    def add_by_use(
        self,
        texts: Iterable[tuple[Use, Iterable[str]]],
        *,
        progress: Progress | None = None,
    ) -> None:
        """Embed texts with the prompts of their uses; see `add`."""
        by_prompt: dict[str, tuple[EmbeddedTexts, list[str]]] = {}
        for use, part in texts:
            reader = self.for_use(use)
            by_prompt.setdefault(reader.prompt, (reader, []))[1].extend(part)
        for reader, wanted in by_prompt.values():
            reader.add(wanted, progress=progress)

    def add(self, texts: Iterable[str], *, progress: Progress | None = None) -> None:
        """Embed the texts that are not there yet.

        Args:
            texts: any texts, duplicates allowed.
            progress: called after every block.

        Raises:
            InputError: if a text is no Unicode, or the model gives NaN or infinity; names the model
                and the number of rows.
            ModelShapeError: if it gives another number of rows than asked, or changes its width.
        """
        new = [text for text in dict.fromkeys(texts) if text not in self._rows]
        if not new:
            return
        if half := next(filter(_is_half, new), None):
            raise InputError(
                f"the text {half[:60]!a} holds half of a letter (a lone surrogate), which no model "
                "reads; expected Unicode text; write its file anew as UTF-8"
            )
        new.sort(key=len, reverse=True)  # long ones first: memory trouble shows at once
        blocks = [] if self._embeddings is None else [self._embeddings]
        for start in range(0, len(new), BLOCK):
            part = new[start : start + BLOCK]
            blocks.append(self._checked(np.asarray(self.encoder.encode(part)), part))
            if progress is not None:
                progress(self.label, start + len(part), len(new))
        widths = sorted({block.shape[1] for block in blocks})
        if len(widths) > 1:
            raise ModelShapeError(
                f"model {self.label} gave embeddings of widths {widths}; expected one width;"
                " look at its encode method"
            )
        self._embeddings = np.concatenate(blocks)
        for text in new:
            self._rows[text] = len(self._rows)
        self._note_empty(self._embeddings[-len(new) :], new)

    def encode(self, sentences: Sequence[str]) -> FloatArray:
        """Embeddings of sentences; see `isogloss.protocols.Encoder`.

        Args:
            sentences: any texts; those not added before are embedded now.

        Returns:
            float32 `(len(sentences), dim)` in the order given.

        Raises:
            InputError: as `add`.
            ModelShapeError: as `add`.
        """
        self.add(sentences)
        if self._embeddings is None:
            return np.zeros((0, 0), dtype=np.float32)
        return self._embeddings[[self._rows[text] for text in sentences]]

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


def _is_half(text: str) -> bool:
    """Whether a text holds a lone surrogate, which UTF-8 cannot carry."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False
