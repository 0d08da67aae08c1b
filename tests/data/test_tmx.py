"""Translation memories: variants of languages, inline codes, and documents that mean harm."""

from pathlib import Path

import pytest

from isogloss.data.places import parse_where
from isogloss.data.readers import READERS
from isogloss.data.readers.pair import RawPair
from isogloss.data.rejects import RejectFile
from isogloss.errors import DataFormatError

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE tmx SYSTEM "tmx14.dtd">\n'


def unit(**texts: str) -> str:
    variants = (
        f'<tuv xml:lang="{code.replace("_", "-")}"><seg>{text}</seg></tuv>'
        for code, text in texts.items()
    )
    return f"<tu><note>skip</note>{''.join(variants)}</tu>"


def document(*units: str, head: str = HEAD) -> str:
    return f'{head}<tmx version="1.4"><header srclang="en"/><body>{"".join(units)}</body></tmx>'


def read(
    tmp_path: Path, content: str | bytes, languages: str = "en-de"
) -> tuple[list[RawPair], dict[str, int]]:
    path = tmp_path / "memory.tmx"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    where = parse_where(f"{languages}={path}")
    with RejectFile(tmp_path / "rejects.tsv") as rejects:
        return list(READERS["tmx"](where, rejects)), rejects.counts


def test_units_with_both_languages_are_read_and_others_rejected(tmp_path: Path) -> None:
    content = document(
        unit(en_US="One &amp; two", fr="Un", de="Eins"),
        unit(en="Only English", fr="Seulement"),
        unit(de="Drei", en_GB="Three (GB)", en="Three"),
        "<tu></tu>",
    )
    pairs, rejected = read(tmp_path, content)
    assert pairs == [RawPair(1, "One & two", "Eins"), RawPair(3, "Three", "Drei")]
    assert rejected == {"a side is missing": 2}
    assert (tmp_path / "rejects.tsv").read_text(encoding="utf-8").split("\n")[0] == (
        "2\ta side is missing\thas en, fr"
    )


def test_the_language_attribute_of_old_versions(tmp_path: Path) -> None:
    old = '<tu><tuv lang="EN-US"><seg>a</seg></tuv><tuv lang="DE-DE"><seg>b</seg></tuv></tu>'
    assert read(tmp_path, document(old))[0] == [RawPair(1, "a", "b")]


def test_scripts_are_told_apart(tmp_path: Path) -> None:
    content = document(unit(en="mouse", zh_CN="鼠标", zh_TW="滑鼠"))
    assert read(tmp_path, content, "en-zh-Hant")[0] == [RawPair(1, "mouse", "滑鼠")]


def test_inline_codes_are_dropped_and_highlights_kept(tmp_path: Path) -> None:
    source = (
        'Press <bpt i="1">&lt;b&gt;<sub>title</sub></bpt><hi>the <ph x="1">{0}</ph>red</hi>'
        '<ept i="1">&lt;/b&gt;</ept> <it pos="end">code</it><ut>old</ut>button<![CDATA[ & go]]>'
    )
    pairs, _ = read(tmp_path, document(unit(en=source, de="Taste")))
    assert pairs == [RawPair(1, "Press the red button & go", "Taste")]


@pytest.mark.parametrize("encoding", ["utf-16", "iso-8859-1"])
def test_declared_encodings(tmp_path: Path, encoding: str) -> None:
    head = f'<?xml version="1.0" encoding="{encoding}"?>'
    content = document(unit(en="size", de="Größe"), head=head).encode(encoding)
    assert read(tmp_path, content)[0] == [RawPair(1, "size", "Größe")]


@pytest.mark.parametrize(
    "declaration",
    [
        '<!ENTITY a "ha">',
        '<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">',
        '<!ENTITY secret SYSTEM "file:///etc/hostname">',
        '<!ENTITY % remote SYSTEM "http://localhost:1/x.dtd"> %remote;',
    ],
)
def test_entity_declarations_are_refused(tmp_path: Path, declaration: str) -> None:
    content = document(unit(en="&a;", de="x"), head=f"<!DOCTYPE tmx [{declaration}]>")
    with pytest.raises(DataFormatError, match="XML entity"):
        read(tmp_path, content)


def test_an_entity_of_the_unread_dtd_rejects_its_unit(tmp_path: Path) -> None:
    content = document(unit(en="a&nbsp;b", de="x"), unit(en="fine", de="gut"))
    pairs, rejected = read(tmp_path, content)
    assert pairs == [RawPair(2, "fine", "gut")]
    assert rejected == {"undefined entity": 1}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (document(unit(en="a", de="b"))[:-20], "cannot be read .* after 1 units"),
        ("<html><body/></html>", "root element <html>"),
        ('<?xml version="1.0" encoding="nonsense"?><tmx/>', "cannot be read"),
        ("", "cannot be read"),
    ],
)
def test_broken_documents_are_an_error(tmp_path: Path, content: str, message: str) -> None:
    with pytest.raises(DataFormatError, match=message):
        read(tmp_path, content)


def test_units_across_chunks(tmp_path: Path) -> None:
    units = [unit(en=f"sentence {i} " + "x" * 500, de=f"Satz {i}") for i in range(2000)]
    pairs, _ = read(tmp_path, document(*units))
    assert [pair.target for pair in pairs] == [f"Satz {i}" for i in range(2000)]
