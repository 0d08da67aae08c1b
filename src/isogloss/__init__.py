"""isogloss teaches a sentence-embedding model new languages.

This is the face of the package: the names for users, each loaded when it is first used, so that
`import isogloss` loads no torch and no numpy. Code inside the package imports from the rooms.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from isogloss.data import ParallelSentences, load_parallel
    from isogloss.encoders.encoder import load_encoder as load
    from isogloss.recipes.distill import distill
    from isogloss.recipes.evaluate import evaluate

    __version__: str

__all__ = [
    "ParallelSentences",
    "__version__",
    "distill",
    "evaluate",
    "load",
    "load_parallel",
]

_PLACES = {
    "ParallelSentences": "isogloss.data:ParallelSentences",
    "distill": "isogloss.recipes.distill:distill",
    "evaluate": "isogloss.recipes.evaluate:evaluate",
    "load": "isogloss.encoders.encoder:load_encoder",
    "load_parallel": "isogloss.data:load_parallel",
}
"""Public name to `module:name`."""


if not TYPE_CHECKING:  # a type checker sees the imports above, and a name that is not there

    def __getattr__(name: str) -> object:
        """Load a public name on first use (PEP 562)."""
        if name == "__version__":
            value: object = _version()
        elif name in _PLACES:
            from importlib import import_module

            module, _, attribute = _PLACES[name].partition(":")
            value = getattr(import_module(module), attribute)
        else:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def _version() -> str:
    """The installed version, or `unknown` where isogloss runs from a bare source tree."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("isogloss")
    except PackageNotFoundError:
        return "unknown"
