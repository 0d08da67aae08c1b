"""The thread that owns the models: never two forwards at once, whoever asks."""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import CancelledError, InvalidStateError, ThreadPoolExecutor
from contextlib import suppress
from itertools import groupby
from typing import Any

from isogloss.protocols import NO_ROLE, FloatArray, Progress, Role
from isogloss.server.batching import BatchQueue, Entry, Ticket
from isogloss.server.limits import Limits
from isogloss.server.metrics import Metrics
from isogloss.server.reading import Reader, Reading, TokenEncoder

logger = logging.getLogger(__name__)


class Worker:
    """Reads and embeds for everybody.

    Args:
        models: by the name that requests have for them; the first one is the served model.
        limits: of the service.
        metrics: told what happens.
        clock: seconds.
    """

    def __init__(
        self,
        models: Mapping[str, TokenEncoder],
        limits: Limits,
        metrics: Metrics,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.models, self.limits, self.metrics = dict(models), limits, metrics
        self.readers = {name: Reader(model, limits) for name, model in models.items()}
        self.tokenizing = ThreadPoolExecutor(1, "isogloss-tokenizer")
        pads = any(model.pads for model in models.values())
        self._queue = BatchQueue(limits.batch_tokens, limits.queue_tokens, pads=pads)
        self._changed = threading.Condition()
        self._stopping = False
        self._clock = clock
        self._thread = threading.Thread(target=self._work, name="isogloss-model", daemon=True)
        metrics.watch(self._queue)

    @property
    def name(self) -> str:
        """Of the served model."""
        return next(iter(self.models))

    def start(self) -> None:
        """Begin to work off what waits."""
        self._thread.start()

    def stop(self) -> None:
        """Answer all that waits, then end."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        self._thread.join()
        self.tokenizing.shutdown()

    def submit(self, reading: Reading, model: str, role: Role | None = NO_ROLE) -> Ticket:
        """Let texts wait for their vectors; the role is None for token ids without a prompt.

        Raises:
            QueueFullError: too much waits already.
        """
        ticket = Ticket(reading.rows, (model, role))
        with self._changed:
            self._queue.put(ticket, self._clock())
            self._changed.notify()
        return ticket

    def cancel(self, ticket: Ticket) -> None:
        """Drop what has not been embedded of a request that nobody waits for."""
        ticket.future.cancel()
        with self._changed:
            self._queue.cancel(ticket)

    def seconds_left(self) -> int:
        """See `BatchQueue.seconds_left`."""
        with self._changed:
            return self._queue.seconds_left()

    def _work(self) -> None:
        while batch := self._next():
            try:
                self._embed(batch)
            except Exception as error:  # whatever a model raises: the others still want answers
                logger.exception("a batch of %d texts failed", len(batch))
                for entry in batch:
                    with suppress(InvalidStateError):
                        entry.ticket.future.set_exception(error)

    def _next(self) -> list[Entry]:
        with self._changed:
            while not (batch := self._queue.take()) and not self._stopping:
                self._changed.wait()
            return batch

    def _embed(self, batch: Sequence[Entry]) -> None:
        """Run the model on a batch; requests that are complete are answered."""
        group: Any = batch[0].ticket.group
        model, role = group  # as `submit` made it
        start = self._clock()
        rows = [entry.ticket.rows[entry.place] for entry in batch]
        vectors = self.models[model].encode_tokens(rows, role=role)
        seconds = self._clock() - start
        real = sum(map(len, rows))
        padded = len(rows) * max(map(len, rows)) if self.models[model].pads else real
        self.metrics.batch(
            texts=len(rows),
            real=real,
            padded=padded,
            seconds=seconds,
            waits=[start - entry.ticket.arrived for entry in batch],
        )
        with self._changed:
            self._queue.measured(real, seconds)
        self._answer(batch, vectors)

    def _answer(self, batch: Sequence[Entry], vectors: FloatArray) -> None:
        numbers = sorted(range(len(batch)), key=lambda i: id(batch[i].ticket))
        for _, same in groupby(numbers, key=lambda i: id(batch[i].ticket)):
            mine = list(same)
            ticket = batch[mine[0]].ticket
            if ticket.fill([batch[i].place for i in mine], vectors[mine]):
                with suppress(InvalidStateError):  # nobody waits any more
                    ticket.future.set_result(ticket.vectors)


class ServedEncoder:
    """A model as an `isogloss.protocols.Encoder` that waits in the queue like everybody.

    Args:
        worker: who owns the model.
        model: its name there.
    """

    def __init__(self, worker: Worker, model: str) -> None:
        self.worker, self.model = worker, model
        self.encoder = worker.models[model]
        self.name, self.fingerprint = self.encoder.name, self.encoder.fingerprint

    @property
    def dim(self) -> int:
        """Width of the vectors."""
        return self.encoder.dim

    @property
    def model_fingerprint(self) -> str:
        """Hash of the model's files alone."""
        return str(getattr(self.encoder, "model_fingerprint", self.fingerprint))

    def prompt_for(self, role: Role) -> str:
        """See `Encoder`."""
        return self.encoder.prompt_for(role)

    def encode(
        self, texts: Sequence[str], *, role: Role = NO_ROLE, progress: Progress | None = None
    ) -> FloatArray:
        """See `Encoder`; to be called from any thread but the event loop's.

        Raises:
            QueueFullError: too much waits already.
            TimeoutError: it took longer than `Limits.seconds`.
        """
        reader = self.worker.readers[self.model]
        ticket = self.worker.submit(reader.read(texts, role), self.model, role)
        try:
            return ticket.future.result(self.worker.limits.seconds)
        except (TimeoutError, CancelledError):
            self.worker.cancel(ticket)
            raise
