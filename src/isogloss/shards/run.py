"""Do the parts of a job that are not done."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from isogloss.shards.engines import Engine, Here
from isogloss.shards.folder import find_finished, keep, locked
from isogloss.shards.part import Finished, Part, Work


def run_parts(
    folder: Path,
    parts: Iterable[Part],
    work: Work,
    *,
    engine: Engine | None = None,
    advance: Callable[[float], None] | None = None,
) -> list[Finished]:
    """Do a job, or go on with it.

    Args:
        folder: where the results are kept, a file a part; the caller removes it when it has used
            them.
        parts: read once and only as far as there are free hands, so they need not fit into memory.
        work: from a part's payload to its bytes.
        engine: who does it; None is this process.
        advance: told the size of each part that is done, or was before.

    Returns:
        All results, in the order of the parts.

    Raises:
        OutputFolderError: another process works in the folder, or it cannot be written; what is
            done is kept.
        IsoglossError: what `work` or the iteration of `parts` raises; likewise.
    """
    results: dict[str, Finished | None] = {}

    def tell(done: Finished) -> None:
        results[done.name] = done
        if advance is not None:
            advance(done.size)

    def missing() -> Iterator[Part]:
        for part in parts:
            if part.name in results:
                raise ValueError(f"two parts are called {part.name!r}")
            results[part.name] = None  # keeps its place
            done = find_finished(folder, part)
            if done is None:
                yield part
            else:
                tell(done)

    with locked(folder):
        for part, content in (engine or Here()).run(work, missing()):
            tell(keep(folder, part, content))
    return [done for done in results.values() if done is not None]
