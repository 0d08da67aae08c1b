"""Translation memories (TMX 1.1 to 1.4) through expat: no tree, no entities, nothing fetched.

A `<!DOCTYPE tmx SYSTEM "tmx14.dtd">` is accepted and its file never looked for. An entity declared
inside the document is refused: no translation memory needs one, and a few lines of them expand to
gigabytes.
"""

from collections.abc import Iterator
from xml.parsers import expat

from isogloss.data.languages import LanguagePair, best_match
from isogloss.data.places import Where
from isogloss.data.readers.opening import open_bytes
from isogloss.data.readers.pair import RawPair
from isogloss.data.rejects import Reason, RejectFile
from isogloss.errors import DataFormatError

_CHUNK = 1 << 18
# Elements whose content is native formatting code, or a text of its own (a footnote) inside such
# code.
_CODES = frozenset({"bpt", "ept", "ph", "it", "ut"})


def read_tmx(where: Where, rejects: RejectFile) -> Iterator[RawPair]:
    """Read the translation units that have both languages.

    `en-US` serves for `en` (an exact code is preferred, then the first that fits). Of inline
    elements, `bpt`, `ept`, `ph`, `it` and `ut` are dropped with their content; the content of `hi`
    and unknown ones is kept.

    Args:
        where: one file, compressed or not, in any encoding that XML declares.
        rejects: told of units that lack a side or use an entity that is not defined in the file.

    Yields:
        Pairs numbered by translation unit.

    Raises:
        DataFormatError: the XML is not well-formed or cut short, is not TMX, or declares an entity.
    """
    path = where.locations[0]
    memory = _Memory(path, where.languages, rejects)
    with open_bytes(path) as handle:
        at_end = False
        while not at_end:
            chunk = handle.read(_CHUNK)
            at_end = not chunk
            memory.feed(chunk, at_end)
            yield from memory.pairs
            memory.pairs.clear()


class _Memory:
    """The state of one pass over a TMX file: the unit, variant and segment that are open."""

    def __init__(self, path: str, languages: LanguagePair, rejects: RejectFile) -> None:
        self.pairs: list[RawPair] = []
        self._path = path
        self._languages = languages
        self._rejects = rejects
        self._number = 0
        self._variants: list[tuple[str, str]] = []
        self._language = ""
        self._segment: list[str] | None = None
        self._codes_open = 0
        self._undefined = False
        self._root_seen = False
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        self._parser.EntityDeclHandler = self._refuse_entity
        self._parser.SkippedEntityHandler = self._skip_entity

    def feed(self, chunk: bytes, at_end: bool) -> None:
        """Parse the next bytes; complete units are appended to `pairs`."""
        try:
            self._parser.Parse(chunk, at_end)
        except DataFormatError:
            raise
        except (expat.ExpatError, LookupError, ValueError) as error:
            # The latter two: an encoding that is unknown, or multi-byte and not Unicode.
            raise DataFormatError(
                f"{self._path}: XML that cannot be read ({error}), after {self._number:,} units; "
                "expected a complete TMX file; fetch or export it again"
            ) from error

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if not self._root_seen and name != "tmx":
            raise DataFormatError(
                f"{self._path}: root element <{name[:40]}>; expected <tmx>; is it another format?"
            )
        self._root_seen = True
        if name == "tu":
            self._number += 1
            self._variants.clear()
            self._undefined = False
        elif name == "tuv":
            self._language = attributes.get("xml:lang") or attributes.get("lang") or ""
        elif name == "seg":
            self._segment = []
            self._codes_open = 0
        elif name in _CODES:
            self._codes_open += 1

    def _end(self, name: str) -> None:
        if name == "seg" and self._segment is not None:
            self._variants.append((self._language, "".join(self._segment)))
            self._segment = None
        elif name in _CODES:
            self._codes_open -= 1
        elif name == "tu":
            self._finish_unit()

    def _characters(self, text: str) -> None:
        if self._segment is not None and not self._codes_open:
            self._segment.append(text)

    def _finish_unit(self) -> None:
        codes = tuple(code for code, _ in self._variants)
        source, target = (best_match(codes, wanted) for wanted in self._languages)
        if self._undefined:
            text = "\t".join(text for _, text in self._variants)
            self._rejects.add(self._number, Reason.ENTITY, text)
        elif source is None or target is None:
            self._rejects.add(
                self._number, Reason.NO_SIDE, f"has {', '.join(codes) or 'no language'}"
            )
        else:
            self.pairs.append(
                RawPair(self._number, self._variants[source][1], self._variants[target][1])
            )

    def _skip_entity(self, name: str, is_parameter: bool) -> None:
        # With an external DTD that is not read, `&nbsp;` is legal and unknown: the text would lack
        # a piece.
        self._undefined = self._undefined or self._segment is not None

    def _refuse_entity(self, name: str, *declaration: object) -> None:
        raise DataFormatError(
            f"{self._path}: declares the XML entity {name[:40]!r}, which is refused; "
            "expected a TMX file without <!ENTITY>; remove the declaration if you trust the file"
        )
