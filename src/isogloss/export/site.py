"""A folder that any web server can show: a page which runs a graph in the browser."""

import gzip
import json
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from sentence_transformers import SentenceTransformer

from isogloss.encoders.saved_tokenizer import tokenizer_state
from isogloss.encoders.tokens import max_tokens, pad_id
from isogloss.export.npm import PACKAGES
from isogloss.writing import write_json, write_whole

PAGE = ("index.html", "style.css", "app.js", "encoder.js")

MOST_BYTES = 40 * 10**6
"""A page that is larger is warned of."""

EXAMPLES: Mapping[str, Sequence[str]] = {
    "en": ("The train leaves at eight.", "A cat sleeps on the sofa.", "I would like a coffee."),
    "de": (
        "Der Zug fährt um acht ab.",
        "Eine Katze schläft auf dem Sofa.",
        "Ich hätte gern einen Kaffee.",
    ),
    "es": ("El tren sale a las ocho.", "Un gato duerme en el sofá.", "Quisiera un café."),
    "fr": ("Le train part à huit heures.", "Un chat dort sur le canapé.", "Je voudrais un café."),
    "uk": ("Потяг відправляється о восьмій.", "Кіт спить на дивані.", "Я б хотів кави."),
    "ar": ("يغادر القطار في الثامنة.", "قطة تنام على الأريكة.", "أود فنجان قهوة."),
    "ja": ("電車は八時に出ます。", "猫がソファーで寝ています。", "コーヒーをください。"),
    "zh": ("火车八点出发。", "一只猫睡在沙发上。", "我想要一杯咖啡。"),
    "ko": (
        "기차는 여덟 시에 출발합니다.",
        "고양이가 소파에서 자고 있습니다.",
        "커피 한 잔 주세요.",
    ),
    "tr": ("Tren saat sekizde kalkıyor.", "Kanepede bir kedi uyuyor.", "Bir kahve istiyorum."),
    "nl": ("De trein vertrekt om acht uur.", "Een kat slaapt op de bank.", "Ik wil graag koffie."),
    "cs": ("Vlak odjíždí v osm hodin.", "Na pohovce spí kočka.", "Dal bych si kávu."),
    "ru": ("Поезд отправляется в восемь.", "Кошка спит на диване.", "Я бы хотел кофе."),
}
"""The same three sentences in several languages, which a page begins with."""


def write_site(
    out: Path,
    graph: Path,
    model: SentenceTransformer,
    scripts: Mapping[str, bytes],
    facts: Mapping[str, Any],
) -> int:
    """Write a page.

    Large files that pack well are packed, and unpacked by the page: not every server does that.

    Args:
        out: the folder.
        graph: the graph that it runs; moved into the folder.
        model: whose graph it is.
        scripts: see `script_files`.
        facts: what the page shows: `name`, `languages`, `prompt`, `limits`.

    Returns:
        Bytes of the whole page.

    Raises:
        OutputFolderError: the folder cannot be written.
    """
    beside = files(__package__).joinpath("page")
    for name in PAGE:
        write_whole(out / name, beside.joinpath(name).read_bytes())
    for name, content in scripts.items():
        packed = name.endswith(".wasm")
        write_whole(
            out / (f"{name}.gz" if packed else name), _packed(content) if packed else content
        )
    state = json.dumps(tokenizer_state(model.tokenizer), ensure_ascii=False)
    write_whole(out / "tokenizer.json.gz", _packed(state.encode()))
    graph.replace(out / "model.onnx")
    codes = [code for code in facts["languages"] if code in EXAMPLES] or ["en"]
    settings = {
        "max_length": max_tokens(model),
        "pad_id": pad_id(model),
        "dim": model.get_embedding_dimension(),
        "examples": [
            {"language": c, "text": t} for at in range(3) for c in codes for t in [EXAMPLES[c][at]]
        ],
    }
    write_json(out / "model.json", dict(facts) | settings)
    third = (
        f"{p.name} {p.version}, {p.license}, https://www.npmjs.com/package/{p.name}"
        for p in PACKAGES
    )
    write_whole(out / "THIRD_PARTY.txt", "\n".join(["This page contains:", *third]) + "\n")
    return sum(path.stat().st_size for path in out.iterdir() if path.is_file())


def _packed(content: bytes) -> bytes:
    return gzip.compress(content, 9, mtime=0)
