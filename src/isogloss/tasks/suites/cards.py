"""The suites: what they hold, where they come from, where their files lie.

Hub names and revisions are those that mteb 2.26 reads; sizes are the owners' or mteb's.
"""

from isogloss.tasks.suites.card import HubPlace, Layout, Subset, SuiteCard

_STS17_TRACKS = {
    "ar-ar": "1",
    "en-ar": "2",
    "es-es": "3",
    "en-es": "4a",
    "en-en": "5",
    "en-tr": "6",
}
_STS17_SETS = "en-en es-es ar-ar en-ar en-de en-tr en-es en-fr en-it en-nl"
_STSB_LANGUAGES = "en de es fr it nl pl pt ru zh"
_MSTSB_LANGUAGES = "ar cs de en es fr hi it ja nl pl pt ru tr zh-CN zh-TW"

_TATOEBA_LANGUAGES = """
afr amh ang ara arq arz ast awa aze bel ben ber bos bre bul cat cbk ceb ces cha cmn cor csb cym dan
deu dsb dtp ell epo est eus fao fin fra fry gla gle glg gsw heb hin hrv hsb hun hye ido ile ina ind
isl ita jav jpn kab kat kaz khm kor kur kzj lat lfn lit lvs mal mar max mhr mkd mon nds nld nno nob
nov oci orv pam pes pms pol por ron rus slk slv spa sqi srp swe swg swh tam tat tel tgl tha tuk tur
tzl uig ukr urd uzb vie war wuu xho yid yue zsm
"""
_TATOEBA_SIZES = """
amh 168 ang 134 arq 911 arz 477 ast 127 awa 231 bos 354 ceb 600 cha 137 csb 253 cym 575 dsb 479
fao 262 fry 173 gla 829 gsw 117 hsb 483 hye 742 jav 205 kat 746 kaz 575 khm 722 kur 410 mal 687
max 284 mon 440 nov 257 orv 835 pms 525 slv 823 swg 112 swh 390 tam 307 tel 234 tha 548 tuk 203
tzl 104 uzb 428 xho 142 yid 848
"""
"""Sets of fewer than 1,000 pairs."""


def _sts17_subsets(names: str) -> tuple[Subset, ...]:
    subsets = []
    for name in names.split():
        first, _, second = name.partition("-")
        n = 2846 if name == "ko-ko" else 250
        subsets.append(Subset(first, second, n, _STS17_TRACKS.get(name, "")))
    return tuple(subsets)


def _tatoeba_subsets() -> tuple[Subset, ...]:
    words = _TATOEBA_SIZES.split()
    sizes = dict(zip(words[::2], map(int, words[1::2]), strict=True))
    return tuple(Subset(code, "eng", sizes.get(code, 1000)) for code in _TATOEBA_LANGUAGES.split())


_CER = "Cer et al. 2017, SemEval-2017 Task 1, https://aclanthology.org/S17-2001"
_PAPER = "Reimers and Gurevych 2020, https://arxiv.org/abs/2004.09813"

_STS17_LAYOUT = Layout(
    ("sts/sts17", "sts17", "STS2017-extended", "STS2017", ""),
    (
        ("{a}-{b}.tsv",),
        ("STS.{a}-{b}.txt",),
        ("STS2017.{a}-{b}.txt",),
        (
            "STS2017.eval.v1.1/STS.input.track{track}.{a}-{b}.txt",
            "STS2017.gs/STS.gs.track{track}.{a}-{b}.txt",
        ),
    ),
    either_order=True,
)
_STS17_HUB = HubPlace(
    "mteb/sts17-crosslingual-sts", "faeb762787bd10488a50c8b5be4a3b82e411949c", "{a}-{b}"
)

STS17_PAPER = SuiteCard(
    name="sts17-paper",
    title="STS 2017, the ten sets of the distillation paper",
    kind="sts",
    subsets=_sts17_subsets(_STS17_SETS),
    layout=_STS17_LAYOUT,
    source="https://alt.qcri.org/semeval2017/task1/; en-de, en-fr, en-it, en-nl: STS2017-extended,"
    " https://sbert.net/datasets/STS2017-extended.zip",
    licence="not stated",
    citation=f"{_CER}; the ten sets: {_PAPER}",
    hub=_STS17_HUB,
    mteb="STS17",
)

STS17 = SuiteCard(
    name="sts17",
    title="STS 2017, the eleven sets of MTEB",
    kind="sts",
    subsets=_sts17_subsets(f"{_STS17_SETS} ko-ko"),
    layout=_STS17_LAYOUT,
    source=STS17_PAPER.source,
    licence="not stated",
    citation=_CER,
    hub=_STS17_HUB,
    mteb="STS17",
)

BIAS = SuiteCard(
    name="bias",
    title="Language bias on STS 2017 (table 8 of the distillation paper)",
    kind="sts",
    subsets=STS17_PAPER.subsets,
    layout=_STS17_LAYOUT,
    source=STS17_PAPER.source,
    licence="not stated",
    citation=STS17_PAPER.citation,
    hub=_STS17_HUB,
    bias="alone",
    mteb="STS17",
)

STSB_MULTI_MT = SuiteCard(
    name="stsb-multi-mt",
    title="STS benchmark test set, machine translated, with language crossings",
    kind="sts",
    subsets=tuple(Subset(code, code, 1379) for code in _STSB_LANGUAGES.split()),
    layout=Layout(
        ("sts/stsb", "stsb", "stsb-multi-mt/data", "stsb-multi-mt", "stsb_multi_mt", "data", ""),
        (("{a}-test.tsv",), ("stsb-{a}-test.csv",), ("{a}/test.csv",), ("{a}/test.tsv",)),
    ),
    source="https://github.com/PhilipMay/stsb-multi-mt",
    licence="CC BY-SA 4.0 (scores); the texts have the licences of their origins",
    citation=f"{_CER}; translations: Philip May 2021, https://github.com/PhilipMay/stsb-multi-mt",
    hub=HubPlace("mteb/stsb_multi_mt", "29afa2569dcedaaa2fe6a3dcfebab33d28b82e8c", "{a}"),
    crossed=True,
    bias="beside",
    mteb="STSBenchmarkMultilingualSTS",
)

MSTSB = SuiteCard(
    name="mstsb",
    title="Multilingual STS benchmark test sets: 16 monolingual, 15 with English",
    kind="sts",
    subsets=(
        *(Subset(code, code) for code in _MSTSB_LANGUAGES.split()),
        *(Subset("en", code) for code in _MSTSB_LANGUAGES.split() if code != "en"),
    ),
    layout=Layout(
        ("sts/mstsb", "mstsb", ""),
        (("{a}.tsv",), ("{a}-{b}.tsv",), ("{a}.csv",), ("{a}-{b}.csv",)),
        either_order=True,
    ),
    source="https://github.com/Huertas97/Multilingual-STSB (pickle files, which are not read here:"
    " write one TSV of score, sentence 1, sentence 2 per set)",
    licence="MIT (translations); the texts have the licences of their origins",
    citation="Huertas-García et al. 2021, Countering Misinformation Through Semantic-Aware"
    " Multilingual Models, https://doi.org/10.1007/978-3-030-91608-4_31",
    statistics=("spearman", "pearson"),
)

KORSTS = SuiteCard(
    name="korsts",
    title="KorSTS test set: the STS benchmark in Korean, post-edited by people",
    kind="sts",
    subsets=(Subset("ko", "ko", 1379),),
    layout=Layout(
        ("KorNLUDatasets/KorSTS", "KorSTS", "korsts", "sts/stsb", "stsb", ""),
        (("sts-test.tsv",), ("ko-test.tsv",)),
    ),
    source="https://github.com/kakaobrain/KorNLUDatasets",
    licence="CC BY-SA 4.0",
    citation="Ham et al. 2020, KorNLI and KorSTS, https://arxiv.org/abs/2004.03289",
    hub=HubPlace("dkoterwa/kor-sts", "016f35f9b961daaaa7a352e927084e3da662ac1f", ""),
    mteb="KorSTS",
)

TATOEBA = SuiteCard(
    name="tatoeba",
    title="Tatoeba: finding translations in 112 languages",
    kind="bitext",
    subsets=_tatoeba_subsets(),
    layout=Layout(
        ("tatoeba", "tatoeba/v1", "data/tatoeba/v1", "LASER/data/tatoeba/v1", "v1", ""),
        (("tatoeba.{a}-{b}.{a}", "tatoeba.{a}-{b}.{b}"),),
    ),
    source="https://github.com/facebookresearch/LASER/tree/main/data/tatoeba/v1",
    licence="CC BY 2.0",
    citation="Artetxe and Schwenk 2019, https://arxiv.org/abs/1812.10464",
    hub=HubPlace(
        "mteb/tatoeba-bitext-mining", "69e8f12da6e31d59addadda9a9c8a2e601a0e282", "{a}-{b}"
    ),
    mteb="Tatoeba",
)

BUCC2018 = SuiteCard(
    name="bucc2018",
    title="BUCC 2018: mining parallel sentences in comparable corpora",
    kind="bucc",
    subsets=(
        Subset("de", "en", 9580),
        Subset("fr", "en", 9086),
        Subset("ru", "en", 14435),
        Subset("zh", "en", 1899),
    ),
    layout=Layout(
        ("bucc2018/{a}-{b}", "bucc2018", "{a}-{b}", ""),
        (("{a}-{b}.training.{a}", "{a}-{b}.training.{b}", "{a}-{b}.training.gold"),),
    ),
    source="https://comparable.limsi.fr/bucc2018/bucc2018-task.html",
    licence="not stated",
    citation="Zweigenbaum, Sharoff and Rapp 2018, Overview of the Third BUCC Shared Task",
    hub=HubPlace("mteb/BUCC", "414572247440f0ccacf7eb0bb70a31533a0e5443", "{a}-{b}"),
    note="the task's own test gold was never published: this is its training set, as in the field's"
    " tables",
    mteb="BUCC.v2",
)

BUCC_STYLE = "bucc-style"
"""What tables call mining sets of the task's shape that are not its own."""
BUCC_STYLE_LAYOUT = Layout(
    ("bucc_style", "bucc-style", "bucc", ""),
    (
        (
            *(f"{{a}}-{{b}}.test.{side}" for side in ("{a}", "{b}", "gold")),
            *(f"{{a}}-{{b}}.train.{side}" for side in ("{a}", "{b}", "gold")),
        ),
        tuple(f"{{a}}-{{b}}.test.{side}" for side in ("{a}", "{b}", "gold")),
        tuple(f"{{a}}-{{b}}.{side}" for side in ("{a}", "{b}", "gold")),
    ),
)
"""Where they lie: the files of the set, then those that its threshold is tuned on, if any."""

SUITES = {
    card.name: card
    for card in (STS17_PAPER, STS17, STSB_MULTI_MT, MSTSB, TATOEBA, BUCC2018, KORSTS, BIAS)
}
"""Name to card."""
