"""Translation memories (TMX 1.4) of pairs of texts."""

import re
from collections.abc import Iterable, Iterator
from xml.sax.saxutils import escape, quoteattr

from isogloss.data.languages import LanguagePair
from isogloss.search.documents.pairs import AlignedPair

_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold."""


def tmx_lines(pairs: Iterable[AlignedPair], languages: LanguagePair, version: str) -> Iterator[str]:
    """The lines of a TMX file.

    Args:
        pairs: in the order of their units; what XML cannot hold is left out of them.
        languages: of the two sides.
        version: of this program.
    """
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield '<tmx version="1.4">'
    yield (
        f'  <header creationtool="isogloss" creationtoolversion={quoteattr(version)} '
        'segtype="block" o-tmf="TSV" adminlang="en" datatype="plaintext" '
        f"srclang={quoteattr(languages.source)}/>"
    )
    yield "  <body>"
    for pair in pairs:
        yield f'    <tu><prop type="score">{pair.score:.4f}</prop>'
        for language, text in zip(languages, (pair.source, pair.target), strict=True):
            segment = escape(_NO_XML.sub("", text))
            yield f"      <tuv xml:lang={quoteattr(language)}><seg>{segment}</seg></tuv>"
        yield "    </tu>"
    yield "  </body>"
    yield "</tmx>"
