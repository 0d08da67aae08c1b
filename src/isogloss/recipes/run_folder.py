"""Whose a run's folder is: new, begun and to be resumed, or to be thrown away."""

import json
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from isogloss.errors import InputError, IsoglossError, OutputFolderError
from isogloss.provenance import write_json

MARKER = "prepared.json"
"""In the `work` folder: written last, it says that a run is prepared, and by which recipe."""

REJECTS = "rejects"
"""In the run's folder: the rows of its data that were dropped, a file for each place."""

_REJECT_FILE = re.compile(r"\d\d+-.+\.tsv")


@contextmanager
def taken_folder(
    out: Path, resume: bool, overwrite: bool, *, open_end: bool = False
) -> Iterator[None]:
    """The folder of a run; a mistake that stops its preparation leaves only dropped rows in it.

    Args:
        out: the folder.
        resume: go on with the run in it.
        overwrite: throw the run in it away.
        open_end: a finished run may be gone on with too, since more can join it.

    Raises:
        OutputFolderError: it is in use, or cannot be made.
        InputError: there is nothing to resume.
    """
    new = not out.exists() or _is_refused(out)
    check_folder(out, resume, overwrite, open_end=open_end)
    _take_folder(out, overwrite)
    try:
        yield
    except IsoglossError:
        if not (out / "work" / MARKER).exists():
            for name in ("work", "untrained", "teacher"):
                shutil.rmtree(out / name, ignore_errors=True)
            if (out / REJECTS).is_dir() and not any((out / REJECTS).iterdir()):
                (out / REJECTS).rmdir()
            if new and not any(out.iterdir()):
                out.rmdir()
        raise


def settle_recipe(out: Path, fingerprint: str, data: Mapping[str, str] | None = None) -> None:
    """Note with which recipe and data a run was begun, or refuse others.

    Args:
        out: the run's folder.
        fingerprint: of the recipe.
        data: fingerprints of what it names, by what to call that; None where these do not matter.

    Raises:
        InputError: the run was begun with another recipe, or other data.
    """
    marker = out / "work" / MARKER
    if marker.exists():
        facts = json.loads(marker.read_text(encoding="utf-8"))
        refuse_other_recipe(out, facts, fingerprint)
        _refuse_other_data(out, facts.get("data", {}), data or {})
        return
    marker.parent.mkdir(parents=True, exist_ok=True)
    write_json(marker, {"recipe": fingerprint, "data": dict(data or {})})


def _refuse_other_data(out: Path, known: Mapping[str, str], data: Mapping[str, str]) -> None:
    changed = [name for name, mark in data.items() if known.get(name, mark) != mark]
    if changed:
        raise InputError(
            f"{', '.join(changed)} changed since the run in {str(out)!r} was begun; expected the "
            "same data: put the earlier files back, or start anew with --overwrite"
        )


def refuse_other_recipe(out: Path | str, facts: Mapping[str, Any], fingerprint: str) -> None:
    """Refuse to go on with a run that another recipe began.

    Args:
        out: the run's folder.
        facts: what its marker holds.
        fingerprint: of the recipe.

    Raises:
        InputError: the recipe is another.
    """
    if facts["recipe"] != fingerprint:
        raise InputError(
            f"{str(out)!r} was begun with another recipe; expected the same models, data and "
            "settings: repeat that command, choose another --out, or start anew with --overwrite"
        )


def check_folder(out: Path, resume: bool, overwrite: bool, *, open_end: bool = False) -> None:
    """Make sure that nothing of somebody else's is overwritten; changes nothing.

    Args:
        out: the folder.
        resume: go on with the run in it.
        overwrite: throw the run in it away.
        open_end: a finished run may be gone on with too.

    Raises:
        OutputFolderError: it is in use.
        InputError: there is nothing to resume.
    """
    if out.is_file():
        raise OutputFolderError(
            f"--out {str(out)!r} is a file; expected a folder; choose another name"
        )
    used = out.exists() and any(out.iterdir()) and not _is_refused(out)
    begun, done = (out / "work").is_dir(), (out / "run.json").exists()
    more = begun and (open_end or not done)
    if used and overwrite:
        if not (done or begun):
            raise OutputFolderError(
                f"--out {str(out)!r} holds no isogloss run; it will not be emptied: choose another "
                "folder"
            )
    elif used and resume and done and not more:
        raise InputError(
            f"the run in {str(out)!r} is finished; nothing to resume: choose another --out, or "
            "start anew with --overwrite"
        )
    elif used and not (resume and begun):
        ways = ["go on with --resume"] if more and not resume else []
        ways += ["start anew with --overwrite"] if begun or done else []
        raise OutputFolderError(
            f"--out {str(out)!r} is not empty{'' if begun or done else ' and holds no run'}; "
            f"expected a new or empty folder: {', '.join([*ways, 'choose another folder'])}"
        )


def spare_models(out: str, models: Iterable[str | None]) -> None:
    """Refuse a folder that holds what a run starts from.

    Args:
        out: the run's folder.
        models: folders or names.

    Raises:
        InputError: one of the models lies in it.
    """
    for model in filter(None, models):
        folder = Path(model).expanduser()
        if folder.is_dir() and folder.resolve().is_relative_to(Path(out).resolve()):
            raise InputError(
                f"--out {out!r} holds {model!r}, which this run starts from; expected a folder of "
                "its own; choose another"
            )


def _is_refused(out: Path) -> bool:
    """Whether a folder holds the dropped rows of a run that was refused, and nothing else."""
    rejects = out / REJECTS
    if not rejects.is_dir() or any(path != rejects for path in out.iterdir()):
        return False
    return all(_REJECT_FILE.fullmatch(path.name) for path in rejects.iterdir())


def _take_folder(out: Path, overwrite: bool) -> None:
    """Empty a run's folder that is to be overwritten or was refused, or make a new one."""
    if _is_refused(out):
        shutil.rmtree(out / REJECTS)
    if overwrite and out.exists():
        for path in out.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputFolderError(
            f"--out {str(out)!r} cannot be made ({error.strerror}); expected a writable place; "
            "choose another folder"
        ) from error
