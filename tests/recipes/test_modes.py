"""A model whose mode cannot be changed is kept, and who may read it is said."""

import errno
import os
import shutil
from pathlib import Path

import pytest

from isogloss.encoders.saving import open_to_readers

from .failing import failing


def test_a_place_without_modes_keeps_the_model_and_says_who_reads_it(
    tiny_teacher: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    os.umask(mask := os.umask(0o022))
    folder = tmp_path / "model"
    shutil.copytree(tiny_teacher, folder)
    (folder / "model.safetensors").chmod(0o600)
    with failing(tmp_path, 1, errno.EPERM) as disk:
        open_to_readers(folder)
    assert disk.refused == [f"chmod {folder / 'model.safetensors'}"]
    assert "model.safetensors stays with the mode 600" in caplog.text
    open_to_readers(folder)
    assert (folder / "model.safetensors").stat().st_mode & 0o777 == 0o666 & ~mask
