"""The page to try a model on as a Space of the hub: its three files, made of the model's name."""

from isogloss.runs.provenance import code_version

PORT = 7860
"""On which a Space shows what its program answers."""

_APP = '''"""A page to try {repository} on."""

import isogloss

isogloss.serve("{repository}", playground=True, host="0.0.0.0", port={port})
'''

_REQUIREMENTS = """--extra-index-url https://download.pytorch.org/whl/cpu
isogloss[playground]{pin}
"""

_README = """---
title: {title}
sdk: gradio
python_version: "3.11"
app_file: app.py
models:
- {repository}
pinned: false
---

A page to try [{repository}](https://huggingface.co/{repository}) on: sentences of several languages
against each other, and a search across languages. Made by `isogloss publish --space`.
"""


def space_files(repository: str) -> dict[str, str]:
    """The files of a Space, by path.

    Args:
        repository: OWNER/NAME of the model.

    Example:
        >>> sorted(space_files("ada/de"))
        ['README.md', 'app.py', 'requirements.txt']
    """
    title, version = repository.rpartition("/")[2], code_version()
    pin = f"=={version}" if version[:1].isdigit() else ""  # a bare source tree has none
    return {
        "README.md": _README.format(repository=repository, title=title),
        "app.py": _APP.format(repository=repository, port=PORT),
        "requirements.txt": _REQUIREMENTS.format(pin=pin),
    }
