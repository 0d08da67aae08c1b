"""A page in a browser with the network off: the ids and the vectors of Python."""

import gzip
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

import numpy as np
import pytest

from isogloss.encoders.encoder import load_encoder
from isogloss.encoders.tokens import tokenize
from isogloss.exports import site as writing_site
from isogloss.exports.site import write_site
from isogloss.recipes.export.run import export

from ...chromium import PROGRAM, chromium

ASSETS = os.environ.get("ISOGLOSS_NPM_ASSETS", "")
"""A folder with the archives that `npm pack` makes of the packages of a page."""

MODEL = os.environ.get("ISOGLOSS_PAGE_MODEL", "")
"""A real model to try in place of the tiny one."""

TEXTS = [
    "The train leaves at eight.",
    "Größe, façade, naïve: 3.14 €",
    "يغادر القطار في الساعة الثامنة.",
    "أُحِبُّ القَهْوَةَ",
    "電車は八時に出ます。",
    "ｶﾀｶﾅ と 漢字 \uff11\uff12\uff13",
    "  two  spaces\tand a tab ",
    "👩 emoji",
    "long " * 700,
    "الحَمْدُ لِلَّهِ رَبِّ العَالَمِينَ",
    "שָׁלוֹם עֲלֵיכֶם",
    "तुम्हें हिन्दी आती है क्या?",
    "Tie\u0302\u0301ng Vie\u0323\u0302t co\u0301 da\u0302\u0301u",
    "می\u200cخو\u0627\u0647م 👩\u200d👩\u200d👧",
]

PROBE = """<!doctype html><script type="module">
import { load } from "./encoder.js";
const start = performance.now();
let found;
try {
  const texts = await (await fetch("texts")).json();
  const model = await load();
  const loaded = performance.now();
  const first = (await model.encode(texts[0]), performance.now());
  const rows = [];
  for (const text of texts)
    rows.push({ ids: model.tokenize(text), vector: Array.from(await model.encode(text)) });
  found = { load: loaded - start, first: first - loaded, rows };
} catch (error) { found = { error: String(error) }; }
await fetch("found", { method: "POST", body: JSON.stringify(found) });
</script>"""


READY = """<img src="wait" alt="" hidden><script>
const look = setInterval(() => {
  if (!document.body.dataset.ready) return;
  clearInterval(look);
  fetch("found", { method: "POST", body: "{}" });
}, 50);
</script>"""
"""Holds the load event, which a screenshot waits for, until the page is ready."""


@contextmanager
def served(folder: Path, answers: dict[str, Any]) -> Iterator[tuple[str, Event]]:
    """A folder on this machine, with a page that asks the model and sends back what it said."""
    done = Event()

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *words: Any) -> None:
            pass

        def do_GET(self) -> None:
            index = (folder / "index.html").read_text("utf-8")
            pages = {
                "/probe.html": PROBE,
                "/texts": json.dumps(TEXTS),
                "/shown.html": index.replace("</body>", f"{READY}</body>"),
                "/wait": "",
            }
            if self.path == "/wait":
                done.wait(300)
            virtual = pages.get(self.path)
            if virtual is None:
                answers.setdefault("asked", []).append(self.path)
                return super().do_GET()
            self.send_response(200)
            kind = "text/html" if self.path.endswith("html") else "application/json"
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.end_headers()
            self.wfile.write(virtual.encode())
            return None

        def do_POST(self) -> None:
            answers.update(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()
            done.set()

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder))) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/", done
        server.shutdown()


@pytest.mark.slow
@pytest.mark.skipif(
    not (ASSETS and PROGRAM),
    reason="the page is NOT tried: no chromium, or ISOGLOSS_NPM_ASSETS names no folder",
)
def test_a_browser_gives_the_ids_and_vectors_of_python(
    calm_teacher: Path, english: Path, tmp_path: Path
) -> None:
    model, out = MODEL or str(calm_teacher), tmp_path / "site"
    export(model, out, format="web", assets=Path(ASSETS), texts=[f"en={english}"])
    encoder = load_encoder(model, precision="fp32")
    found: dict[str, Any] = {}
    stays = "--remote-debugging-port=0"  # without it a headless browser leaves at once
    with (
        served(out, found) as (address, done),
        chromium(tmp_path / "profile", stays, f"{address}probe.html"),
    ):
        assert done.wait(300), "the page said nothing"
    assert "error" not in found, found
    wanted = tokenize(encoder.model, [encoder.prompt + text for text in TEXTS])
    assert [row["ids"] for row in found["rows"]] == wanted
    rows = np.array([row["vector"] for row in found["rows"]])
    cosines = (rows * encoder.encode(TEXTS)).sum(1) / np.linalg.norm(encoder.encode(TEXTS), axis=1)
    assert cosines.min() > 0.97
    unknown, most = encoder.model.tokenizer.unk_token_id, encoder.max_tokens
    read = np.array([unknown not in ids and len(ids) != most for ids in wanted])
    assert cosines[read].min() > (0.99 if MODEL else 0.97)
    assert found["first"] < 3_000


@pytest.mark.slow
@pytest.mark.skipif(
    not (MODEL and ASSETS and PROGRAM),
    reason="no picture is made: ISOGLOSS_PAGE_MODEL, ISOGLOSS_NPM_ASSETS or chromium is missing",
)
def test_a_page_shows_what_it_is_for(english: Path, tmp_path: Path) -> None:
    out, picture, found = tmp_path / "site", tmp_path / "page.png", dict[str, Any]()
    export(MODEL, out, format="web", assets=Path(ASSETS), texts=[f"en={english}"])
    with served(out, found) as (address, _):
        words = ("--window-size=1000,1150", f"--screenshot={picture}", f"{address}shown.html")
        with chromium(tmp_path / "profile", *words) as process:
            assert process.wait(300) == 0
    assert picture.stat().st_size > 40_000  # an empty page has 30,000


def test_a_page_is_whole_without_a_network(
    calm_teacher: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = load_encoder(calm_teacher, precision="fp32").model
    graph = tmp_path / "graph.onnx"
    graph.write_bytes(b"graph")
    scripts = {"ort.mjs": b"js", "ort.wasm": b"wasm" * 100, "tokenizers.mjs": b"js"}
    facts = {"name": "tiny", "languages": ["en", "ja", "xx"], "prompt": "", "limits": "some"}
    size = write_site(tmp_path / "site", graph, model, scripts, facts)
    names = {path.name: path.read_bytes() for path in (tmp_path / "site").iterdir()}
    assert size == sum(map(len, names.values()))
    assert gzip.decompress(names["ort.wasm.gz"]) == scripts["ort.wasm"]
    settings = json.loads(names["model.json"])
    assert (settings["max_length"], settings["dim"]) == (64, 64)
    assert [row["language"] for row in settings["examples"]] == ["en", "ja"] * 3
    for name in writing_site.PAGE:
        text = names[name].decode()
        assert "http" not in text.replace("python -m http.server", "")
    assert 'dir="auto"' in names["index.html"].decode()
