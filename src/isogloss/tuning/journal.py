"""The journal of a search (Optuna's), which survives a killed process and a full disk."""

import json
from pathlib import Path
from typing import Any

from isogloss.errors import needing
from isogloss.tuning.settings import SearchSettings
from isogloss.writing import write_whole, writing


def load_optuna() -> Any:
    """The package.

    Raises:
        MissingExtraError: it is not installed.
    """
    with needing("a search", "search", "optuna"):
        import optuna
    return optuna


def open_study(folder: Path, settings: SearchSettings, seed: int) -> Any:
    """The study of a folder; it is made where there is none.

    Raises:
        MissingExtraError: Optuna is not installed.
    """
    optuna = load_optuna()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    with writing(str(folder)):
        folder.mkdir(parents=True, exist_ok=True)
    name, journal = str(folder / "journal.log"), optuna.storages.journal
    lock = journal.JournalFileOpenLock(name)
    _drop_broken_records(Path(name), lock)
    backend = journal.JournalFileBackend(name, lock_obj=lock)
    study = optuna.create_study(
        study_name="search",
        storage=optuna.storages.JournalStorage(backend),
        load_if_exists=True,
        direction="maximize",
    )
    # a sampler draws the same again from the same seed, and is made anew for every trial
    study.sampler = optuna.samplers.TPESampler(
        n_startup_trials=min(10, max(3, settings.trials // 4)), seed=seed + len(study.trials)
    )
    return study


def _drop_broken_records(journal: Path, lock: Any) -> None:
    """Drop what a full disk left of a record, and one that was written behind it in one line."""
    lock.acquire()
    try:
        lines = journal.read_bytes().splitlines(keepends=True) if journal.exists() else []
        whole = [line for line in lines if line.endswith(b"\n") and _is_record(line)]
        if len(whole) < len(lines):
            write_whole(journal, b"".join(whole))
    finally:
        lock.release()


def _is_record(line: bytes) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    return True
