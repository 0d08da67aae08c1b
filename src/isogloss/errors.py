"""Every error a user can cause, one class per kind, each also a builtin: `except ValueError` works.

A message is one line: what is wrong with its value, what was expected, the way out. The command
line prints it and exits 2; anything that is not an `IsoglossError` is a bug and exits 1.
"""

import difflib
import importlib.util
from collections.abc import Iterable, Iterator
from contextlib import contextmanager


class IsoglossError(Exception):
    """A mistake in the input or the surroundings, explained in one line."""

    def __str__(self) -> str:
        return " ".join(str(argument) for argument in self.args)


class InputError(IsoglossError, ValueError):
    """An argument, option or recipe key has a value that cannot be used."""


class MissingFileError(IsoglossError, FileNotFoundError):
    """A file or folder that was named does not exist."""


class DataFormatError(IsoglossError, ValueError):
    """A file was found but its content is not what its place requires."""


class UnknownLanguageError(IsoglossError, ValueError):
    """A language code is not in the registry."""


class ModelNotFoundError(IsoglossError, OSError):
    """A model name resolves to nothing: neither folder, nor cache, nor package, nor hub."""


class ModelShapeError(IsoglossError, ValueError):
    """Two models (or a model and its targets) do not fit together."""


class MissingExtraError(IsoglossError, ImportError):
    """An optional dependency is needed and not installed; the message has the install line."""


class OutputFolderError(IsoglossError, FileExistsError):
    """The output folder is in use, or cannot be written."""


class UnwrittenScoresError(OutputFolderError):
    """A run is scored, and the place of its scores cannot be written.

    Attributes:
        evaluation: the scores, so that they can at least be shown.
    """

    def __init__(self, message: str, evaluation: object) -> None:
        super().__init__(message)
        self.evaluation = evaluation


class CheckpointError(IsoglossError, OSError):
    """A checkpoint cannot be written or read."""


class PublishError(IsoglossError, OSError):
    """The hub cannot be reached, or refuses what is sent."""


def need(what: str, extra: str, *packages: str, otherwise: str = "") -> None:
    """Ask for the packages of an extra, before the work that they are for; none is loaded.

    Args:
        what: what they are for: "--engine ray".
        extra: of isogloss.
        packages: their modules.
        otherwise: what to do without them, as the end of a sentence: ", or leave it out".

    Raises:
        MissingExtraError: one is not installed.
    """
    lacking = [name for name in packages if importlib.util.find_spec(name) is None]
    if lacking:
        fault = "is not installed" if len(lacking) == 1 else "are not installed"
        raise _missing(f"{', '.join(lacking)} {fault}", what, extra, otherwise)


@contextmanager
def needing(what: str, extra: str, package: str, *, otherwise: str = "") -> Iterator[None]:
    """A block that imports a package of an extra; see `need`.

    Raises:
        MissingExtraError: it is not installed, or cannot be imported.
    """
    try:
        yield
    except ImportError as error:
        missing = isinstance(error, ModuleNotFoundError)
        fault = "is not installed" if missing else f"cannot be imported ({error})"
        raise _missing(f"{package} {fault}", what, extra, otherwise) from error


def _missing(fault: str, what: str, extra: str, otherwise: str) -> MissingExtraError:
    way = f"pip install 'isogloss[{extra}]'{otherwise}"
    return MissingExtraError(f"{fault}; expected for {what}: {way}")


def expect(value: object, kind: type, name: str, way: str) -> None:
    """Refuse an argument of the wrong type, which only a Python caller can pass.

    Args:
        value: the argument.
        kind: what it has to be.
        name: what it is called.
        way: the way out: how one is made.

    Raises:
        InputError: it is of another type.
    """
    if not isinstance(value, kind):
        raise InputError(f"{name} is {value!r:.80}; expected: {kind.__name__}; {way}")


def did_you_mean(value: str, known: Iterable[str], otherwise: str, *, alike: float = 0.6) -> str:
    """The way out of an unknown name: the nearest known one.

    Args:
        value: what was written.
        known: what could have been.
        otherwise: the way out where nothing is near.
        alike: from which likeness on a name is near, 0 to 1.

    Example:
        >>> did_you_mean("bitxt", ["sts", "bitext"], "choose one")
        "did you mean 'bitext'?"
    """
    names = {name.casefold(): name for name in reversed([*known])}
    close = difflib.get_close_matches(value.casefold(), names, n=1, cutoff=alike)
    return f"did you mean {names[close[0]]!r}?" if close else otherwise


def check_choice(
    what: str, value: str, known: Iterable[str], otherwise: str = "choose one"
) -> None:
    """Refuse a word that is not one of the known ones.

    Args:
        what: it is, as "--role".
        value: what was written.
        known: what could have been; an empty one is not told.
        otherwise: the way out where nothing is near.

    Raises:
        InputError: it is none of them; names the nearest.
    """
    names = list(known)
    if value not in names:
        names = list(filter(None, names))
        raise InputError(
            f"{what} {value!r} is unknown; expected one of {', '.join(names)}; "
            f"{did_you_mean(value, names, otherwise)}"
        )
