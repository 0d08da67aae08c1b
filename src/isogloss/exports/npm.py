"""JavaScript that a page runs: pinned packages of npm, checked by their hash, fetched once."""

import base64
import hashlib
import io
import os
import tarfile
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from isogloss.errors import DataFormatError, MissingFileError
from isogloss.vectors.store import default_store_folder
from isogloss.writing import write_whole

REGISTRY = "https://registry.npmjs.org"
SECONDS = 60


@dataclass(frozen=True)
class Package:
    """A package at one version.

    Attributes:
        name: on npm.
        version: of it.
        integrity: base64 of the sha512 of its archive, as npm records it.
        license: of what is copied, SPDX.
        files: what is copied into a page: place in the archive to name.
    """

    name: str
    version: str
    integrity: str
    license: str
    files: Mapping[str, str]

    @property
    def archive(self) -> str:
        """What `npm pack` calls its archive."""
        return f"{self.name.removeprefix('@').replace('/', '-')}-{self.version}.tgz"

    @property
    def address(self) -> str:
        """Where the registry has it; `NPM_CONFIG_REGISTRY` names another, as for npm."""
        registry = os.environ.get("NPM_CONFIG_REGISTRY", REGISTRY).rstrip("/")
        return f"{registry}/{self.name}/-/{self.name.rpartition('/')[2]}-{self.version}.tgz"


PACKAGES = (
    Package(
        "onnxruntime-web",
        "1.30.0",
        "q0y+JrrtukXSzsBWEMccVfqX25LRmosXHF+CaRJmg8pZClzcV7svNc4rKY3jL02Vb7QmRMDs1SigqR4CXAfKYQ==",
        "MIT",
        {
            "package/dist/ort.wasm.bundle.min.mjs": "ort.mjs",
            "package/dist/ort-wasm-simd-threaded.wasm": "ort.wasm",
        },
    ),
    Package(
        "@huggingface/tokenizers",
        "0.2.0",
        "LidMHe1FpcSYH4vcSjXooda34pC0M8m1gmDOv7SQi6Iv+ib1zX7J3sHBCC9/3FPCkn2k1b55FneVqMRxrr99pg==",
        "Apache-2.0",
        {"package/dist/tokenizers.min.mjs": "tokenizers.mjs"},
    ),
)


def script_files(assets: Path | None = None) -> dict[str, bytes]:
    """The files of all packages that a page needs, by the name that they have there.

    Args:
        assets: folder with their archives; None: the cache, filled from the registry where needed.

    Raises:
        MissingFileError: an archive is not there, and cannot be downloaded.
        DataFormatError: an archive is not the one that is known.
    """
    found: dict[str, bytes] = {}
    for package in PACKAGES:
        with tarfile.open(fileobj=io.BytesIO(_archive(package, assets))) as archive:
            for place, name in package.files.items():
                member = archive.extractfile(place)
                assert member is not None  # the archive is the one that is known
                found[name] = member.read()
    return found


def _archive(package: Package, assets: Path | None) -> bytes:
    path = (assets or default_store_folder().parent / "npm") / package.archive
    if path.is_file():
        return _checked(package, path.read_bytes(), str(path))
    if assets is not None:
        raise MissingFileError(
            f"--assets {str(assets)!r} has no {package.archive}; expected the archive that npm "
            f"makes: run `npm pack {package.name}@{package.version}` in it"
        )
    content = _checked(package, _download(package), package.address)
    write_whole(path, content)
    return content


def _download(package: Package) -> bytes:
    try:
        with urllib.request.urlopen(package.address, timeout=SECONDS) as answer:
            content: bytes = answer.read()
    except (urllib.error.URLError, TimeoutError, ConnectionError, ValueError) as error:
        raise MissingFileError(
            f"{package.address} cannot be downloaded ({error}); expected the package that a page "
            f"runs: without a network run `npm pack {package.name}@{package.version}` elsewhere "
            "and give its folder with --assets"
        ) from error
    return content


def _checked(package: Package, content: bytes, where: str) -> bytes:
    digest = base64.b64encode(hashlib.sha512(content).digest()).decode()
    if digest != package.integrity:
        raise DataFormatError(
            f"{where} is not {package.name} {package.version} (sha512 {digest[:12]}..., expected "
            f"{package.integrity[:12]}...): remove it, and get it from npm again"
        )
    return content
