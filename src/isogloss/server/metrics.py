"""What a service counts, for Prometheus; every name says its unit."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

if TYPE_CHECKING:
    from isogloss.server.batching import BatchQueue

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_TEXTS = (1, 2, 4, 8, 16, 32, 64, 128, 256)


class Metrics:
    """Counters of one service, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        own: Any = {"registry": self.registry, "namespace": "isogloss"}
        self.requests = Counter("requests", "Requests answered.", ["path", "status"], **own)
        self.seconds = Histogram(
            "request_seconds", "From headers to answer.", ["path"], buckets=_SECONDS, **own
        )
        self.dropped = Counter(
            "dropped_requests", "Accepted, then not embedded to the end.", ["reason"], **own
        )
        self.texts = Counter("texts", "Texts embedded.", **own)
        self.cut = Counter(
            "cut_texts", "Texts that reached the model's longest input, or were longer.", **own
        )
        self.real = Counter("real_tokens", "Tokens of texts that the model read.", **own)
        self.padded = Counter("padded_tokens", "The same with padding.", **own)
        self.batches = Histogram("batch_texts", "Texts in a batch.", buckets=_TEXTS, **own)
        self.model_seconds = Counter("model_seconds", "Seconds in which the model worked.", **own)
        self.waits = Histogram(
            "queue_wait_seconds", "From a text's arrival to its batch.", buckets=_SECONDS, **own
        )
        self.padding = Gauge(
            "padding_share", "Share of padding in all tokens that the model read, 0 to 1.", **own
        )
        self.queue_tokens = Gauge("queue_tokens", "Tokens that wait for the model.", **own)
        self.queue_texts = Gauge("queue_texts", "Texts that wait for the model.", **own)
        self.rate = Gauge("model_tokens_per_second", "Measured speed of the model.", **own)
        self._real = self._padded = 0
        self.padding.set_function(lambda: 1 - self._real / self._padded if self._padded else 0.0)

    def watch(self, queue: "BatchQueue") -> None:
        """Show a queue as it is whenever somebody looks."""
        self.queue_tokens.set_function(lambda: queue.tokens)
        self.queue_texts.set_function(lambda: len(queue))
        self.rate.set_function(lambda: queue.rate)

    def batch(
        self, *, texts: int, real: int, padded: int, seconds: float, waits: Sequence[float]
    ) -> None:
        """Count a batch.

        Args:
            texts: in it.
            real: tokens of the texts.
            padded: the same with padding.
            seconds: that the model took.
            waits: seconds that each text had waited.
        """
        self._real += real
        self._padded += padded
        self.texts.inc(texts)
        self.real.inc(real)
        self.padded.inc(padded)
        self.batches.observe(texts)
        self.model_seconds.inc(seconds)
        for wait in waits:
            self.waits.observe(wait)

    def request(self, path: str, status: int, seconds: float) -> None:
        """Count an answer."""
        self.requests.labels(path, str(status)).inc()
        self.seconds.labels(path).observe(seconds)

    def page(self) -> bytes:
        """All of it in Prometheus's text format."""
        return generate_latest(self.registry)
