"""English names of the languages that corpora hold most, and of scripts; IANA has the others.

The registry's own names are for librarians ("Modern Greek (1453-)"), hence this table of everyday
ones.
"""

_NAMES = """
af Afrikaans|am Amharic|ar Arabic|arz Egyptian Arabic|as Assamese|az Azerbaijani|ba Bashkir
be Belarusian|bg Bulgarian|bn Bengali|bo Tibetan|br Breton|bs Bosnian|ca Catalan|ceb Cebuano
ckb Central Kurdish|cs Czech|cv Chuvash|cy Welsh|da Danish|de German|dv Divehi|dz Dzongkha|ee Ewe
el Greek|en English|eo Esperanto|es Spanish|et Estonian|eu Basque|fa Persian|fi Finnish
fil Filipino|fj Fijian|fo Faroese|fr French|fy Western Frisian|ga Irish|gd Scottish Gaelic
gl Galician|gn Guarani|gu Gujarati|ha Hausa|he Hebrew|hi Hindi|hr Croatian|hsb Upper Sorbian
ht Haitian Creole|hu Hungarian|hy Armenian|ia Interlingua|id Indonesian|ig Igbo|is Icelandic
it Italian|ja Japanese|jv Javanese|ka Georgian|kab Kabyle|kau Kanuri|kk Kazakh|km Khmer|kn Kannada
ko Korean|ku Kurdish|ky Kyrgyz|la Latin|lb Luxembourgish|lg Ganda|ln Lingala|lo Lao|lt Lithuanian
lv Latvian|mg Malagasy|mi Maori|mk Macedonian|ml Malayalam|mn Mongolian|mr Marathi|ms Malay
mt Maltese|my Burmese|nb Norwegian Bokmål|ne Nepali|nl Dutch|nn Norwegian Nynorsk|no Norwegian
ny Nyanja|oc Occitan|om Oromo|or Odia|pa Punjabi|pl Polish|ps Pashto|pt Portuguese|qu Quechua
ro Romanian|ru Russian|rw Kinyarwanda|sa Sanskrit|sd Sindhi|se Northern Sami|si Sinhala|sk Slovak
sl Slovenian|sm Samoan|sn Shona|so Somali|sq Albanian|sr Serbian|st Southern Sotho|su Sundanese
sv Swedish|sw Swahili|ta Tamil|te Telugu|tg Tajik|th Thai|ti Tigrinya|tk Turkmen|tn Tswana
tr Turkish|ts Tsonga|tt Tatar|ug Uyghur|uk Ukrainian|ur Urdu|uz Uzbek|vi Vietnamese|wo Wolof
xh Xhosa|yi Yiddish|yo Yoruba|yue Cantonese|zh Chinese|zu Zulu
"""

LANGUAGE_NAMES: dict[str, str] = {
    code: name
    for code, _, name in (
        entry.partition(" ") for entry in _NAMES.strip().replace("\n", "|").split("|")
    )
}
"""Canonical code to English name."""

SCRIPT_NAMES: dict[str, str] = {
    "Arab": "Arabic",
    "Cyrl": "Cyrillic",
    "Deva": "Devanagari",
    "Hans": "Simplified",
    "Hant": "Traditional",
    "Latn": "Latin",
}
"""ISO 15924 script code to the word people use after the language's name."""
