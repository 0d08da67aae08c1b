"""The page reads text by a SentencePiece model's own table, as the tokenizer in Python does."""

import base64
import json
import shutil
import subprocess
from importlib.resources import files

import numpy as np
import pytest
from tokenizers.normalizers import Precompiled

RULES = {
    "\u3000": " ",
    "ﬁ": "fi",
    "e\u0301": "é",
    "e\u0302": "ê",
    "a\u0323": "ạ",
    "ê\u0301": "ế",
    "か\u3099": "が",
    "\ufe8e": "\u0627",
    "\ufdfa": "صلى الله عليه وسلم",
    "\u200b": " ",
    "\u00ad": "",
    "\t": " ",
}
"""Some of those of XLM-R; marks of Arabic, Hebrew and Hindi, and joiners, are in none of them."""

TEXTS = [
    "الحَمْدُ لِلَّهِ رَبِّ العَالَمِينَ",  # a shadda before its vowel, which NFKC would turn around
    "שָׁלוֹם עֲלֵיכֶם",
    "तुम्हें हिन्दी आती है क्या?",
    "Tie\u0302\u0301ng Vie\u0323\u0302t, va\u0323\u0302y",  # of two marks the table loses one
    "Cafe\u0301 ﬁn",
    "می\u200cخو\u0627\u0647م بروم",
    "👩\u200d👩\u200d👧 a\u200bb\u00adc",
    "か\u3099き\u309a\u3000ｶﾞ",
    "각 \u1100\u1161\u11a8",
    "\ufdfa ﻻ \ufe8e",
    "a\tb\r\nc",
    "",
]
ALPHABET = sorted({letter for text in [*TEXTS, *RULES] for letter in text})

SCRIPT = """
import { precompiled } from "%s";
const [table, texts] = JSON.parse(await new Response(process.stdin).text());
console.log(JSON.stringify(texts.map(precompiled(table))));
"""


def double_array(rules: dict[bytes, int]) -> np.ndarray:
    """A trie as darts-clone lays it out: a number for every key."""
    trie = np.zeros(1 << 16, np.uint32)
    taken = {0}
    grown = [(0, b"")]
    while grown:
        at, prefix = grown.pop()
        nexts = {key[len(prefix)] for key in rules if key.startswith(prefix) and key != prefix}
        leaf = [0] if prefix in rules else []
        base = next(
            base
            for base in range(256, len(trie) - 256, 256)
            if not any((at ^ base ^ byte) in taken for byte in [*leaf, *nexts])
        )
        trie[at] |= (base << 10) | (0x100 if leaf else 0)
        for byte in [*leaf, *nexts]:
            taken.add(at ^ base ^ byte)
        if leaf:
            trie[at ^ base] = rules[prefix] | 1 << 31
        for byte in nexts:
            trie[at ^ base ^ byte] = byte
            grown.append((at ^ base ^ byte, prefix + bytes([byte])))
    return trie


def charsmap() -> bytes:
    """A table in the form of SentencePiece."""
    starts, blob = {}, b"\0"  # nothing stands at 0
    for key, value in RULES.items():
        starts[key.encode()] = len(blob)
        blob += value.encode() + b"\0"
    trie = double_array(starts).tobytes()
    return len(trie).to_bytes(4, "little") + trie + blob


def in_javascript(texts: list[str]) -> list[str]:
    code = files("isogloss.exports").joinpath("page", "precompiled.js").read_bytes()
    address = f"data:text/javascript;base64,{base64.b64encode(code).decode()}"
    done = subprocess.run(
        ["node", "--input-type=module", "-e", SCRIPT % address],
        input=json.dumps([base64.b64encode(charsmap()).decode(), texts]),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: list[str] = json.loads(done.stdout)
    return found


@pytest.mark.skipif(not shutil.which("node"), reason="the page's normalizer is NOT tried: no node")
def test_every_text_is_normalized_as_in_python() -> None:
    python = Precompiled(charsmap())
    draw = np.random.default_rng(0)
    mixed = ["".join(draw.choice(ALPHABET, length)) for length in draw.integers(1, 12, 3_000)]
    wanted = [python.normalize_str(text) for text in [*TEXTS, *mixed]]
    assert wanted[3].startswith("Tiêng")  # the table is read
    assert in_javascript([*TEXTS, *mixed]) == wanted
