"""Packages of npm: the one that is known or none, from a folder, the cache, or the registry."""

import base64
import hashlib
import io
import tarfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from isogloss.errors import DataFormatError, MissingFileError
from isogloss.exports import npm
from isogloss.exports.npm import PACKAGES, Package, script_files


def packed(name: str, content: bytes) -> bytes:
    """An archive with one file."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        member = tarfile.TarInfo(name)
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return stream.getvalue()


ARCHIVE = packed("package/a.mjs", b"export const a = 1;")
KNOWN = Package(
    "@owner/thing",
    "1.2.3",
    base64.b64encode(hashlib.sha512(ARCHIVE).digest()).decode(),
    "MIT",
    {"package/a.mjs": "thing.mjs"},
)


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A registry on this machine, with the one package; the folder of its archives."""
    root = tmp_path / "registry"
    place = root / "@owner" / "thing" / "-"
    place.mkdir(parents=True)
    (place / "thing-1.2.3.tgz").write_bytes(ARCHIVE)

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *words: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(root))) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("NPM_CONFIG_REGISTRY", f"http://127.0.0.1:{server.server_port}/")
        monkeypatch.setenv("ISOGLOSS_CACHE", str(tmp_path / "cache"))
        monkeypatch.setattr(npm, "PACKAGES", (KNOWN,))
        yield place
        server.shutdown()


def test_a_package_is_downloaded_once(registry: Path, tmp_path: Path) -> None:
    assert script_files() == {"thing.mjs": b"export const a = 1;"}
    assert (tmp_path / "cache" / "npm" / "owner-thing-1.2.3.tgz").read_bytes() == ARCHIVE
    (registry / "thing-1.2.3.tgz").unlink()
    assert script_files() == {"thing.mjs": b"export const a = 1;"}


def test_another_content_is_refused_and_not_kept(registry: Path, tmp_path: Path) -> None:
    (registry / "thing-1.2.3.tgz").write_bytes(packed("package/a.mjs", b"evil"))
    with pytest.raises(DataFormatError, match=r"is not @owner/thing 1\.2\.3 \(sha512"):
        script_files()
    assert not (tmp_path / "cache" / "npm").exists()


def test_without_a_registry_the_way_out_is_told(registry: Path) -> None:
    (registry / "thing-1.2.3.tgz").unlink()
    with pytest.raises(MissingFileError, match=r"npm pack @owner/thing@1\.2\.3.*--assets"):
        script_files()


def test_a_folder_of_archives_is_enough(registry: Path, tmp_path: Path) -> None:
    folder = tmp_path / "assets"
    folder.mkdir()
    with pytest.raises(MissingFileError, match=r"has no owner-thing-1\.2\.3\.tgz"):
        script_files(folder)
    (folder / "owner-thing-1.2.3.tgz").write_bytes(ARCHIVE)
    (registry / "thing-1.2.3.tgz").unlink()
    assert set(script_files(folder)) == {"thing.mjs"}


def test_what_is_pinned_is_named_as_npm_does() -> None:
    names = {package.archive for package in PACKAGES}
    assert names == {"onnxruntime-web-1.30.0.tgz", "huggingface-tokenizers-0.2.0.tgz"}
    assert all(len(base64.b64decode(package.integrity)) == 64 for package in PACKAGES)
