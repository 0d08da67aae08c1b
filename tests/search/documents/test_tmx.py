"""A translation memory that is written is the one that is read."""

from pathlib import Path

from isogloss.data.languages import LanguagePair
from isogloss.data.places import parse_where
from isogloss.data.readers import READERS
from isogloss.data.rejects import RejectFile
from isogloss.search.documents.pairs import AlignedPair
from isogloss.search.documents.tmx import tmx_lines


def test_what_is_written_is_read(tmp_path: Path) -> None:
    texts = [("A & <b> \"c\" 'd'", "Ä\u2028\x0b ]]>"), ("鼠标", "😀")]
    pairs = [AlignedPair(0.5, source, target, "1", "1") for source, target in texts]
    path = tmp_path / "memory.tmx"
    lines = tmx_lines(pairs, LanguagePair("en", "zh-Hant"), '1.0+"x"')
    path.write_text("\n".join(lines), encoding="utf-8")
    with RejectFile(tmp_path / "rejects.tsv") as rejects:
        read = list(READERS["tmx"](parse_where(f"en-zh-Hant={path}"), rejects))
    assert [(pair.source, pair.target) for pair in read] == [
        (texts[0][0], "Ä\u2028 ]]>"),  # XML has no vertical tab
        texts[1],
    ]
    assert '<prop type="score">0.5000</prop>' in path.read_text(encoding="utf-8")
