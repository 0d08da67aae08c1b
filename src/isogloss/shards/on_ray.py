"""Parts on a Ray cluster: one that runs already, or one that is started on this machine."""

import os
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import islice
from typing import Any

from isogloss.errors import InputError, need
from isogloss.shards.part import Part, Work

RETRIES = 3
"""How often Ray begins a part anew whose worker, or whose machine, is gone."""


class OnRay:
    """A Ray cluster; what a worker that is killed was at, Ray does again.

    The cluster is the one that this process is connected to, else that of `RAY_ADDRESS` (`auto`:
    the one of this machine), else one that is started here and ends with the job.
    Every machine of it must have isogloss, and find the model under its name.

    Args:
        workers: how many parts at once, and of a cluster that is started here the processors; None:
            as many as there are processors.
        gpus: that each part is given; may be a fraction.

    Raises:
        MissingExtraError: Ray is not installed.
    """

    def __init__(self, workers: int | None = None, *, gpus: float = 0) -> None:
        need("--engine ray", "ray", "ray")
        self.workers = workers
        self.gpus = gpus

    def run(self, work: Work, parts: Iterable[Part]) -> Iterator[tuple[Part, bytes]]:
        """See `isogloss.shards.engines.Engine`."""
        import ray

        with self.started():
            at_once = 2 * (self.workers or max(1, int(_resources().get("CPU", 1))))
            remote = ray.remote(num_cpus=1, num_gpus=self.gpus, max_retries=RETRIES)(_do)
            running: dict[Any, Part] = {}
            shared, rest = ray.put(work), iter(parts)
            while True:
                for part in islice(rest, at_once - len(running)):
                    running[remote.remote(shared, part.payload)] = part
                if not running:
                    return
                [done], _ = ray.wait(list(running), num_returns=1)
                part = running.pop(done)
                yield part, _result(done, part)

    def started(self) -> AbstractContextManager[None]:
        """See `isogloss.shards.engines.Engine`: the cluster, which takes seconds to start."""
        return cluster(self.workers)


def _resources() -> dict[str, float]:
    import ray

    resources: Any = ray.cluster_resources  # which has no types
    return dict(resources())


def _do(work: Work, payload: Any) -> bytes:
    return work(payload)


def _result(done: Any, part: Part) -> bytes:
    """What a part came to; an error of the work is raised as it is."""
    import ray

    try:
        content: bytes = ray.get(done)
    except ray.exceptions.RayTaskError as error:
        raise error.cause from None
    except (ray.exceptions.WorkerCrashedError, ray.exceptions.OutOfMemoryError) as error:
        raise InputError(
            f"the worker at part {part.name} was killed {RETRIES + 1} times; expected memory for "
            "it: take fewer workers, or machines with more"
        ) from error
    return content


@contextmanager
def cluster(workers: int | None) -> Iterator[None]:
    """Be connected to a cluster for a block; see `OnRay`."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    import ray

    if ray.is_initialized():
        yield
        return
    options: dict[str, Any] = {"logging_level": "error", "log_to_driver": False}
    if address := os.environ.get("RAY_ADDRESS"):
        try:
            ray.init(address=address, **options)
        except ConnectionError as error:
            raise InputError(
                f"no Ray cluster at RAY_ADDRESS {address!r}; expected one that runs: start it, or "
                "unset the variable to use this machine"
            ) from error
    else:  # never one that is merely found here: it may be another job's, and end with it
        os.environ.setdefault("RAY_worker_niceness", "0")  # the job is what the machine is for
        here: dict[str, Any] = {"num_cpus": workers, "include_dashboard": False}
        ray.init(address="local", _node_ip_address="127.0.0.1", **here, **options)
    try:
        yield
    finally:
        ray.shutdown()
