"""The published tables and models that can be made again, and what stands in each."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from isogloss.errors import check_choice

Varies = Literal["models", "sizes", "corpora"]
"""What tells the rows of a study apart: finished models; or students of one recipe that differ in
how many pairs, or which, they learned from."""

_PAPER = "Reimers and Gurevych 2020, https://arxiv.org/abs/2004.09813"
_ZERO_SHOT = {
    "mBERT mean": "mean:google-bert/bert-base-multilingual-cased",
    "XLM-R mean": "mean:FacebookAI/xlm-roberta-base",
}
_DISTILLED = {
    "XLM-R ← SBERT-nli-stsb": "sentence-transformers/xlm-r-bert-base-nli-stsb-mean-tokens",
    "XLM-R ← SBERT-paraphrases": "sentence-transformers/paraphrase-xlm-r-multilingual-v1",
}
_LABSE = {"LaBSE": "sentence-transformers/LaBSE"}
_MPNET = {
    "paraphrase-multilingual-mpnet-base-v2": (
        "sentence-transformers/paraphrase-multilingual-mpnet-base-v2"
    )
}


@dataclass(frozen=True)
class Study:
    """A published table.

    Attributes:
        name: what the command line calls it.
        title: its title for people.
        question: what it asks.
        source: who published it.
        varies: what tells its rows apart.
        suites: the test data it was published on.
        languages: of these suites; empty: all of them.
        models: published systems that the hub has, by the name that the table gives them.
    """

    name: str
    title: str
    question: str
    source: str
    varies: Varies
    suites: tuple[str, ...]
    languages: str = ""
    models: Mapping[str, str] = field(default_factory=dict)

    @property
    def trains(self) -> bool:
        """Whether its rows are students trained for it."""
        return self.varies != "models"


_STS17 = Study(
    "table1",
    "STS 2017, in one language and across languages",
    "How similar do models find two sentences, by people's grades?",
    _PAPER,
    "models",
    ("sts17-paper",),
    models=_ZERO_SHOT | _DISTILLED | _LABSE,
)

_ALL = (
    _STS17,
    replace(_STS17, name="table2"),
    Study(
        "table3",
        "BUCC: mining translations",
        "Which models find the translations that hide in two collections?",
        _PAPER,
        "models",
        ("bucc2018",),
        models=_ZERO_SHOT | _DISTILLED | _LABSE,
    ),
    Study(
        "table4",
        "Tatoeba, languages without much text",
        "Do models find translations in languages that they have seen little of?",
        _PAPER,
        "models",
        ("tatoeba",),
        "ka,sw,tl,tt",
        models=_DISTILLED | _LABSE,
    ),
    Study(
        "table5",
        "Kind of training data",
        "Which parallel sentences teach best?",
        _PAPER,
        "corpora",
        ("sts17-paper",),
    ),
    Study(
        "table6",
        "Amount of training data",
        "How many parallel sentences does a language need?",
        _PAPER,
        "sizes",
        ("sts17-paper",),
    ),
    Study(
        "table7",
        "Korean: distilled, or trained on Korean",
        "Is a distilled student as good as a model trained on data of the language itself?",
        _PAPER,
        "models",
        ("korsts",),
        models=_DISTILLED | _LABSE,
    ),
    Study(
        "table8",
        "Language bias",
        "Do models prefer some pairs of languages over others?",
        _PAPER,
        "models",
        ("bias",),
        models=_DISTILLED | _LABSE,
    ),
    Study(
        "cross-en-de-roberta",
        "STS benchmark in English, German, and across",
        "What does fine-tuning with language-crossing add?",
        "T-Systems-onsite/cross-en-de-roberta-sentence-transformer, model card",
        "models",
        ("stsb-multi-mt",),
        "en,de",
        {
            "cross-en-de-roberta": "T-Systems-onsite/cross-en-de-roberta-sentence-transformer",
        },
    ),
    Study(
        "mstsb-paraphrase-multilingual-mpnet-base-v2",
        "STS benchmark, 31 tasks in 16 languages",
        "What does fine-tuning in sixteen languages add?",
        "mstsb-paraphrase-multilingual-mpnet-base-v2, model card",
        "models",
        ("mstsb",),
        models=_MPNET
        | {
            "mstsb-paraphrase-multilingual-mpnet-base-v2": (
                "AIDA-UPM/mstsb-paraphrase-multilingual-mpnet-base-v2"
            )
        },
    ),
    Study(
        "xlm-roberta-ua-distilled",
        "English and Ukrainian",
        "What does a student of one language and one teacher reach?",
        "panalexeu/xlm-roberta-ua-distilled, model card",
        "models",
        ("tatoeba",),
        "uk",
        {
            "xlm-roberta-ua-distilled": "panalexeu/xlm-roberta-ua-distilled",
            "XLM-R mean": _ZERO_SHOT["XLM-R mean"],
        },
    ),
)

STUDIES: Mapping[str, Study] = {study.name: study for study in _ALL}
"""The studies by name."""


def find_study(name: str) -> Study:
    """The study of a name.

    Raises:
        InputError: there is none; names the nearest.
    """
    check_choice("study", name, STUDIES)
    return STUDIES[name]
