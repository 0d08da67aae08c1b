"""Claim, resume, or clear a run's folder."""

import json
import os
import re
import shutil
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from isogloss.data.places import files_of
from isogloss.errors import InputError, IsoglossError, OutputFolderError
from isogloss.paths import given_name, given_path
from isogloss.runs.claim import ASIDE, MOVING, check_free, check_place, content
from isogloss.runs.record import RUN_FILE, is_record, read_record
from isogloss.writing import write_json, writing

MARKER = "prepared.json"
"""In the `work` folder: written last, it says that a run is prepared, and by which recipe."""

REJECTS = "rejects"
"""In the run's folder: the rows of its data that were dropped, a file for each place."""

PREPARED = ("work", "untrained", "teacher")
"""What a preparation makes in a run's folder, beside the rows that it drops."""

OURS = (MARKER, "dev.json", "examples", "checkpoints")
"""In a `work` folder: each tells that a run made it."""

_REJECT_FILE = re.compile(r"\d\d+-.+\.tsv")


def is_finished(out: Path) -> bool:
    """Whether a folder holds a finished run."""
    return is_record(out / RUN_FILE) and not (out / "work" / MARKER).exists()


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
    with writing(str(marker)):
        marker.parent.mkdir(parents=True, exist_ok=True)
    write_json(marker, {"recipe": fingerprint, "data": dict(data or {})})


def _refuse_other_data(out: Path, known: Mapping[str, str], data: Mapping[str, str]) -> None:
    changed = [name for name, mark in data.items() if known.get(name, mark) != mark]
    if changed:
        raise InputError(
            f"{', '.join(changed)} changed since the run in {str(out)!r} was begun; expected the "
            "same: put the earlier files back, or start anew with --overwrite"
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


def spare_others(out: Path, command: str) -> None:
    """Refuse a folder that holds the run of another command, whose pages would be lost.

    Args:
        out: the folder; other files may lie in it.
        command: whose earlier runs are replaced.

    Raises:
        OutputFolderError: it is a file, or holds another run.
        DataFormatError: it holds a `run.json` that cannot be read.
    """
    check_place(out)
    found = read_record(out).command if (out / RUN_FILE).exists() else command
    if found != command:
        raise OutputFolderError(
            f"--out {str(out)!r} holds a run of {found}, whose scores and report would be lost; "
            f"expected a new folder, or an earlier run of {command}: choose another --out"
        )


def check_like(out: Path, command: str) -> None:
    """Refuse a folder that holds anything but an earlier run of a command.

    Args:
        out: the folder.
        command: whose earlier runs are replaced.

    Raises:
        OutputFolderError: it is a file, is in use, or holds something else.
        DataFormatError: it holds a `run.json` that cannot be read.
    """
    check_free(out)
    spare_others(out, command)
    if (out / RUN_FILE).exists() or not out.is_dir():
        return
    first = ("scores.json", RUN_FILE)  # in this order, each beside its place, and then renamed
    if not all(path.name.lstrip(".").startswith(first) for path in content(out)):
        raise OutputFolderError(
            f"--out {str(out)!r} is not empty and holds no run of {command}; expected a new or "
            "empty folder, or an earlier run of it: choose another folder"
        )


def check_new(out: Path) -> None:
    """Refuse a folder that is not empty.

    Raises:
        OutputFolderError: it is a file, is in use, or holds something.
    """
    check_place(out)
    check_free(out)
    if out.exists() and content(out):
        raise OutputFolderError(
            f"--out {str(out)!r} is not empty; expected a new or empty folder: choose another"
        )


def check_folder(out: Path, resume: bool, overwrite: bool) -> None:
    """Make sure that no other files would be overwritten; changes nothing.

    Args:
        out: the folder.
        resume: go on with the run in it.
        overwrite: throw the run in it away.

    Raises:
        OutputFolderError: it is in use.
        InputError: there is nothing to resume.
    """
    check_place(out)
    check_free(out)
    if resume and overwrite:
        raise InputError(
            "--resume and --overwrite were both given; expected one of them: --resume goes on with "
            f"what {str(out)!r} holds, --overwrite throws it away"
        )
    used = out.exists() and bool(content(out)) and not is_refused(out)
    begun, done = _is_begun(out), is_finished(out)
    if used and overwrite:
        if not (done or begun):
            raise OutputFolderError(
                f"--out {str(out)!r} holds no isogloss run; it will not be emptied: choose another "
                "folder"
            )
    elif used and resume and done:
        raise InputError(
            f"the run in {str(out)!r} is finished; nothing to resume: choose another --out, or "
            "start anew with --overwrite"
        )
    elif used and not (resume and begun):
        ways = ["go on with --resume"] if begun and not done and not resume else []
        ways += ["start anew with --overwrite"] if begun or done else []
        raise OutputFolderError(
            f"--out {str(out)!r} is not empty{'' if begun or done else ' and holds no run'}; "
            f"expected a new or empty folder: {', '.join([*ways, 'choose another folder'])}"
        )


def spare_inputs(out: str, models: Iterable[str | None], places: Iterable[str] = ()) -> None:
    """Refuse a folder that holds what a run starts from.

    Args:
        out: the run's folder.
        models: folders or names.
        places: of data, and tasks, as the user wrote them.

    Raises:
        InputError: one of them lies in it.
        OutputFolderError: it is no place for a folder.
    """
    check_place(given_path(out))
    inside = given_path(out).resolve()
    found = [
        (model, [given_path(model)])
        for model in models
        if model and os.path.isdir(given_name(model))
    ]
    found += [(place, files_of(place)) for place in places]
    for text, paths in found:
        if any(path.resolve().is_relative_to(inside) for path in paths):
            raise InputError(
                f"--out {out!r} holds {text!r}, which this run starts from; expected a folder of "
                "its own; choose another"
            )


def _is_begun(out: Path) -> bool:
    """Whether a folder holds a run that was begun; one called `work` alone may be anybody's."""
    work = out / "work"
    if not work.is_dir() or any((work / name).exists() for name in OURS):
        return work.is_dir()
    alone = all(path.name in (*PREPARED, REJECTS) for path in content(out))
    return alone and not any(work.iterdir())


def is_refused(out: Path) -> bool:
    """Whether a folder holds the dropped rows of a run that was refused, and nothing else."""
    rejects = out / REJECTS
    if not rejects.is_dir() or any(path != rejects for path in content(out)):
        return False
    return all(_REJECT_FILE.fullmatch(path.name) for path in content(rejects))


def empty(out: Path) -> None:
    """Throw away the run in a folder."""
    with writing(f"--out {str(out)!r}"):
        for path in content(out):
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


def set_aside(out: Path) -> None:
    """Move the run in a folder aside; if one is aside already, what came after it goes.

    One that cannot be moved as a whole stays: it goes aside under its name when all of it has.
    """
    prepared = is_finished(out) or (out / "work" / MARKER).exists()
    if (out / ASIDE).is_dir() and not prepared:
        empty(out)
        return
    try:
        with writing(f"--out {str(out)!r}"):
            if (out / ASIDE).is_dir():  # of a run before this one, which could not be removed
                shutil.rmtree(out / ASIDE)
            (out / MOVING).mkdir(exist_ok=True)
            for path in content(out):
                path.rename(out / MOVING / path.name)
            (out / MOVING).rename(out / ASIDE)
    except IsoglossError:
        with suppress(OSError):  # the first error tells
            gather(out)
        raise


def put_back(out: Path) -> None:
    """Undo `_set_aside`; rows that were dropped since take the place of earlier ones."""
    if not (out / ASIDE).is_dir():
        return
    with writing(f"--out {str(out)!r}", kept=f"the earlier run is in {str(out)!r} all the same"):
        if (out / REJECTS).exists() and (out / ASIDE / REJECTS).exists():
            shutil.rmtree(out / ASIDE / REJECTS)
        (out / ASIDE).rename(out / MOVING)
        gather(out)


def gather(out: Path) -> None:
    """Put together what was moved in part."""
    if (out / MOVING).is_dir():
        for path in (out / MOVING).iterdir():
            path.rename(out / path.name)
        (out / MOVING).rmdir()


def drop_aside(out: Path) -> None:
    """Remove the run that another one has replaced."""
    shutil.rmtree(out / ASIDE, ignore_errors=True)
