"""Fetching from the hub: files of one pair of languages, at one commit."""

import http.server
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from isogloss.corpora.sources.hub import HubFile, choose_files
from isogloss.data import parse_where
from isogloss.errors import MissingFileError

NAME = "owner/talks"
CARD = b"""---
license: cc-by-4.0
configs:
- config_name: en-uk
  data_files:
  - split: train
    path: en-uk/train.jsonl
- config_name: en-de
  data_files:
  - split: train
    path: en-de/train.jsonl
---
"""
ROWS = "".join(
    json.dumps(
        {
            "english": f"Sentence {i}.",
            "non_english": f"\u0420\u0435\u0447\u0435\u043d\u043d\u044f {i}.",
        }
    )
    + "\n"
    for i in range(50)
).encode()
FILES = {"README.md": CARD, "en-uk/train.jsonl": ROWS, "en-de/train.jsonl": ROWS * 3}


class _Hub(http.server.BaseHTTPRequestHandler):
    asked: list[str]

    def log_message(self, *words: Any) -> None:
        """Say nothing."""

    def do_HEAD(self) -> None:
        """Facts of a file."""
        self._answer(body=False)

    def do_GET(self) -> None:
        """A file, or facts of the dataset."""
        self._answer(body=True)

    def _answer(self, *, body: bool) -> None:
        path = self.path.partition("?")[0]
        self.asked.append(f"{self.command} {path}")
        commit = "c" * 40
        if path.startswith(f"/api/datasets/{NAME}/tree/"):
            rows = [
                {"type": "file", "path": n, "size": len(c), "oid": "b"} for n, c in FILES.items()
            ]
            content, more = json.dumps(rows).encode(), {}
        elif path.startswith(f"/api/datasets/{NAME}"):
            siblings = [
                {"rfilename": n, "size": len(c), "blobId": "b" * 40} for n, c in FILES.items()
            ]
            facts = {"id": NAME, "_id": "1", "sha": commit, "siblings": siblings, "private": False}
            content, more = json.dumps(facts | {"cardData": {"license": "cc-by-4.0"}}).encode(), {}
        elif path.startswith(f"/datasets/{NAME}/resolve/{commit}/"):
            content = FILES[path.partition(commit + "/")[2]]
            more = {"ETag": f'"{len(content)}"', "X-Repo-Commit": commit}
        else:
            self.send_response(404)
            self.send_header("X-Error-Code", "RepoNotFound")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(200)
        for name, value in {**more, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        if body:
            self.wfile.write(content)


@pytest.fixture
def hub() -> Iterator[tuple[str, list[str]]]:
    """A stand-in for the hub: its address, and what it was asked."""
    asked: list[str] = []
    handler = type("Handler", (_Hub,), {"asked": asked})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()


def isogloss(url: str, folder: Path, *words: str, offline: bool = False) -> tuple[int, str, str]:
    """Run the command line against a stand-in hub."""
    surroundings = os.environ | {
        "HF_ENDPOINT": url,
        "HF_HUB_OFFLINE": "1" if offline else "0",
        "HF_HUB_DISABLE_XET": "1",
        "HF_HOME": str(folder / "home"),
        "ISOGLOSS_CACHE": str(folder / "cache"),
    }
    done = subprocess.run(
        [sys.executable, "-m", "isogloss", *words],
        env=surroundings,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def test_one_pair_is_fetched_once_and_read_without_the_hub(
    hub: tuple[str, list[str]], tmp_path: Path
) -> None:
    url, asked = hub
    place = f"en-uk=hf:{NAME}"
    status, out, err = isogloss(
        url, tmp_path, "data", "fetch", place, "--out", str(tmp_path / "out"), "--json"
    )
    assert status == 0, err
    (entry,) = json.loads(out)
    assert (entry["rows"], entry["licence"], entry["revision"]) == (50, "cc-by-4.0", "c" * 40)
    assert not any("en-de" in path for path in asked)
    asked.clear()
    status, out, err = isogloss(
        url, tmp_path, "data", "fetch", place, "--out", str(tmp_path / "two"), offline=True
    )
    assert (status, asked) == (0, []), err
    assert "50 pairs" in out
    status, out, err = isogloss(
        url, tmp_path, "data", "fetch", "en-uk=hf:owner/tolks", "--out", str(tmp_path / "out")
    )
    assert status == 2 and "the hub has no dataset 'owner/tolks'" in err


def test_a_hub_that_cannot_be_reached_is_told_in_one_line(tmp_path: Path) -> None:
    status, out, err = isogloss(
        "http://127.0.0.1:9", tmp_path, "data", "fetch", f"en-uk=hf:{NAME}", "--out", str(tmp_path)
    )
    assert (status, out) == (2, ""), err
    assert f"isogloss: en-uk=hf:{NAME}: the hub does not give it" in err
    assert "try again later" in err and len(err.splitlines()) == 1


def test_what_the_library_of_the_hub_says_of_its_retries_is_not_shown() -> None:
    said = "huggingface_hub.utils.logging.get_logger('huggingface_hub.utils').warning('a retry')"
    code = (
        "from isogloss.cli.app import options; options(verbose=VERBOSE); "
        f"import huggingface_hub.utils.logging; {said}"
    )
    surroundings = {k: v for k, v in os.environ.items() if k != "HF_HUB_VERBOSITY"}
    shown = [
        subprocess.run(
            [sys.executable, "-c", code.replace("VERBOSE", verbose)],
            env=surroundings,
            capture_output=True,
            encoding="utf-8",
            check=True,
        ).stderr
        for verbose in ("False", "True")
    ]
    assert shown[0] == "" and "a retry" in shown[1]


def names(place: str, *listed: str) -> list[str]:
    """The files that are chosen for a place."""
    return [f.name for f in choose_files([HubFile(n, 1) for n in listed], parse_where(place))]


def test_files_are_chosen_by_the_languages_in_their_names() -> None:
    listed = (
        "README.md",
        "en-uk/train.parquet",
        "en-de/train.parquet",
        "model.bin",
        "../en-uk.tsv",
    )
    assert names("en-uk=hf:a/b", *listed) == ["README.md", "en-uk/train.parquet"]
    assert names("uk-en=hf:a/b", *listed) == ["README.md", "en-uk/train.parquet"]
    assert names("en-uk=hf:a/b:en-de", *listed) == ["README.md", "en-de/train.parquet"]
    assert names("en-uk=hf:a/b", "data/train.parquet") == ["data/train.parquet"]
    with pytest.raises(MissingFileError, match="has no en-pl; it has en-de, en-uk"):
        names("en-pl=hf:a/b", *listed)
