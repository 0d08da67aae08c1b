"""What keeps a whole model from being loaded: the machine, or a package that is not installed."""

import errno
import os
import re

from isogloss.errors import MissingExtraError

MACHINE = (errno.ENFILE, errno.EMFILE, errno.ENOMEM, errno.EIO, errno.ENOSPC)
"""Errors of the system that say nothing of a file's content; words that hold others come first."""

_PACKAGES = {
    "PIL": "pillow",
    "cv2": "opencv-python",
    "flash_attn": "flash-attn",
    "google": "protobuf",
    "sklearn": "scikit-learn",
    "yaml": "pyyaml",
}
"""Packages that are called otherwise than the module they bring."""

_ADVICE = re.compile(r"pip install (?:-U |--upgrade )?([\w.\[\]-]+(?: [\w.\[\]-]+)*)")
_MODULE = re.compile(r"No module named '?([A-Za-z_]\w*)")


def machine_fault(error: BaseException, place: str) -> OSError | None:
    """The error of the system that stands behind what a library raised.

    Args:
        error: what was raised.
        place: what was read.

    Returns:
        The error, made anew where a library put only its words into another; None where the
        system is not to blame.
    """
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, OSError) and seen.errno in MACHINE:
            return seen
        for code in MACHINE:
            if os.strerror(code) in str(seen):
                return OSError(code, os.strerror(code), place)
        seen = seen.__cause__ or seen.__context__
    return None


def lacking_package(error: ImportError, place: str) -> MissingExtraError | None:
    """What to install for a model whose loading ended in an import.

    Args:
        error: what was raised.
        place: the model's folder.

    Returns:
        The error to raise; None where the model asks the libraries themselves for a part they have
        not.
    """
    said = " ".join(str(error).split())
    module = (error.name or "").partition(".")[0]
    if module in ("sentence_transformers", "transformers"):
        return None
    if said.startswith("cannot import name"):
        return MissingExtraError(
            f"model folder {place!r} needs another version of a package ({said[:300]}); expected "
            f"one that has what is named: pip install -U {_package(module) or 'PACKAGE'}"
        )
    if not isinstance(error, ModuleNotFoundError):
        module = ""
    found = _MODULE.search(said)
    advice = _ADVICE.search(said)
    name = _package(module or (found[1] if found else "")) or (advice[1] if advice else "")
    way_out = f"; expected it: pip install {name}" if name else ""
    return MissingExtraError(
        f"model folder {place!r} needs a package that is not installed ({said[:300]}){way_out}"
    )


def _package(module: str) -> str:
    return _PACKAGES.get(module, module)
