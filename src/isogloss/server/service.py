"""What is served: a model, perhaps an index, the limits; shared by all routes."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from isogloss.runs.provenance import code_version
from isogloss.server.limits import Limits
from isogloss.server.metrics import Metrics
from isogloss.server.worker import Worker

if TYPE_CHECKING:
    from isogloss.server.search_api import Searched

SEARCHES = 4
"""Searches at once, of queries that are embedded."""

DTYPES = {"fp32": "float32", "bf16": "bfloat16", "int8": "int8"}


@dataclass
class Service:
    """One model in service.

    Attributes:
        name: what clients call the model.
        worker: who owns it.
        metrics: what is counted.
        limits: what a client may ask for.
        widths: shorter vectors that the model was trained for, by their width.
        normalizes: whether its vectors have length 1 anyway.
        index: what `/search` searches; None: nothing.
        searches: how many searches have no answer yet.
        keys: the keys of which a client must have one; none: whoever reaches the service may ask.
    """

    name: str
    worker: Worker
    metrics: Metrics
    limits: Limits = field(default_factory=Limits)
    widths: tuple[int, ...] = ()
    normalizes: bool = False
    index: "Searched | None" = None
    keys: tuple[str, ...] = ()
    searches: int = 0
    searching: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(SEARCHES, "isogloss-search")
    )

    def info(self) -> dict[str, Any]:
        """What `/info` answers: text-embeddings-inference's fields, then ours."""
        encoder = self.worker.models[self.worker.name]
        reader = self.worker.readers[self.worker.name]
        return {
            "model_id": self.name,
            "model_sha": encoder.fingerprint or None,
            "model_dtype": DTYPES.get(getattr(encoder, "precision", ""), "float32"),
            "model_type": {"embedding": {"pooling": "sentence-transformers"}},
            "max_concurrent_requests": self.limits.queue_tokens,
            "max_input_length": reader.most_tokens,
            "max_batch_tokens": self.limits.batch_tokens,
            "max_client_batch_size": self.limits.texts,
            "max_batch_requests": None,
            "auto_truncate": True,
            "tokenization_workers": 1,
            "version": code_version(),
            "dimension": encoder.dim,
            "dimensions": list(self.widths),
            "prompts": sorted(encoder.prompts),
            "documents": None if self.index is None else len(self.index),
        }
