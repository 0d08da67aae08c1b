"""Whose a folder is: somebody else's is never emptied."""

from pathlib import Path

import pytest

from isogloss.errors import OutputFolderError
from isogloss.runs.folder import check_folder


def files(folder: Path) -> dict[str, str]:
    """All files, by their place."""
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_text() for path in found}


@pytest.mark.parametrize(
    "files_of",
    [
        {"work/thesis.txt": "x", "keep.txt": "x"},
        {"run.json": "{}", "keep.txt": "x"},
        {"run.json": "no JSON", "keep.txt": "x"},
        {"work/.keep": "", "keep.txt": "x"},
    ],
)
@pytest.mark.parametrize("overwrite", [False, True])
def test_a_folder_that_no_run_made_is_never_emptied(
    tmp_path: Path, files_of: dict[str, str], overwrite: bool
) -> None:
    for name, text in files_of.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    with pytest.raises(OutputFolderError) as refused:
        check_folder(tmp_path, resume=False, overwrite=overwrite)
    assert "holds no" in str(refused.value) and "--overwrite" not in str(refused.value)
    assert files(tmp_path) == files_of
