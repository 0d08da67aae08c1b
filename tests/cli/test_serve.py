"""`isogloss serve` as a process: it starts, answers, and leaves in order when it is told to."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import psutil
import pytest

from isogloss.encoders.encoder import load_encoder


def start(*words: str | Path, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "isogloss", "serve", "--json", *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | environment,
    )


def processor_seconds() -> float:
    """Of children that have ended."""
    return os.times().children_user


def test_sigterm_under_load_answers_every_accepted_request_with_the_vectors_of_encode(
    tiny_teacher: Path,
) -> None:
    texts = [f"the ferry {number} leaves at noon" for number in range(12)]
    expected = load_encoder(tiny_teacher, precision="fp32").encode(texts)
    service = start("--model", tiny_teacher, "--port", "0", "--precision", "fp32")
    assert service.stdout is not None
    url = json.loads(service.stdout.readline())["url"]
    good, refused = [], []

    def ask(client: httpx.Client, number: int) -> None:
        while True:
            try:
                answer = client.post(url + "/v1/embeddings", json={"input": texts[number]})
            except (httpx.ConnectError, httpx.RemoteProtocolError, httpx.ReadError) as error:
                refused.append(error)  # it had stopped listening
                return
            assert answer.status_code == 200
            row = np.array(answer.json()["data"][0]["embedding"], np.float32)
            good.append(float(row @ expected[number]))

    def run(number: int) -> None:
        with httpx.Client(timeout=30) as client:
            ask(client, number)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    threading.Event().wait(1.0)
    before = psutil.Process(service.pid).cpu_times().user + processor_seconds()
    service.send_signal(signal.SIGTERM)
    _, log = service.communicate(timeout=60)
    for thread in threads:
        thread.join(30)
    lines = [json.loads(line) for line in log.splitlines()]
    assert service.returncode == 0
    assert processor_seconds() - before < 1.2  # to look through all of torch alone takes 1.5
    assert len(refused) == 12
    assert min(good) > 0.99999
    assert [line["status"] for line in lines] == [200] * len(good)  # none was lost on the way


def test_a_mistake_is_a_line_and_exit_2() -> None:
    service = start("--model", "no/such/model/anywhere")
    out, error = service.communicate(timeout=60)
    assert (service.returncode, out, len(error.splitlines())) == (2, "", 1)
    assert "not found" in error


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"api_keys": Path("missing.txt")}, "--api-keys 'missing.txt' is no"),
        ({"port": 1}, "cannot be listened on"),
        ({"host": "203.0.113.7"}, "cannot be listened on"),
        ({"host": "a\udcff"}, "cannot be listened on"),
        ({"host": "ä" * 300}, "cannot be listened on"),
        ({"host": ""}, "--host is empty"),
        ({"api_keys": "missing.txt"}, "--api-keys 'missing.txt' is no"),
        ({"api_keys": 3}, "3 is no path; expected text"),
        ({"feedback": "pairs"}, "--feedback is 'pairs' without --playground"),
        ({"precision": "int3"}, "'int3' is unknown; expected one of auto, fp32, bf16"),
    ],
)
def test_a_mistake_is_told_before_a_model_is_loaded(
    given: dict[str, Any], told: str, tiny_teacher: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from isogloss.errors import IsoglossError
    from isogloss.server import serve

    monkeypatch.setattr(serve, "open_service", lambda *a, **b: pytest.fail("it was loaded"))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        if "port" in given:
            given = {"port": taken.getsockname()[1]}
        with pytest.raises(IsoglossError) as refused:
            serve.serve(str(tiny_teacher), **({"port": 0} | given))
    assert told in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_missing_extra_is_asked_for_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib.util

    from isogloss.cli.serve import serve
    from isogloss.errors import MissingExtraError

    found: Callable[..., object] = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name, *more: None if name == "gradio" else found(name, *more),
    )
    with pytest.raises(MissingExtraError, match=r"isogloss\[playground\]"):
        serve("x", playground=True)


def test_keys_come_from_the_environment_or_a_file(tmp_path: Path) -> None:
    from isogloss.errors import InputError
    from isogloss.server.gate import read_keys

    assert read_keys(None, None) == ()
    assert read_keys(None, "first-key, second-key") == ("first-key", "second-key")
    file = tmp_path / "keys"
    file.write_text("# ours\n\nthird-key\n", encoding="utf-8")
    assert read_keys(file, "first-key") == ("third-key",)
    file.write_text("third-key\n", encoding="utf-8-sig")
    assert read_keys(file, "") == ("third-key",)
    for unset in ("", " , "):
        with pytest.raises(InputError, match=r"ISOGLOSS_API_KEY holds no key; .* unset it"):
            read_keys(None, unset)
    with pytest.raises(InputError, match="key 2 has letters beyond ASCII"):
        read_keys(None, "first-key, schl\u00fcssel")
    file.write_text("short\n", encoding="utf-8")
    with pytest.raises(InputError, match="key 1 has 5 characters") as refused:
        read_keys(file, "")
    assert "short" not in str(refused.value).replace(str(file), "")
