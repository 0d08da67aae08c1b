"""The kinds of evaluation, as people are told about them; `isogloss.tasks.load` reads them."""

from typing import NamedTuple


class Kind(NamedTuple):
    """A kind of evaluation.

    Attributes:
        title: heading of its scores.
        meaning: what they say, in a sentence.
        metrics: those that a run is judged by, in the order of its page; none: all as they come.
        lower_is_better: those of its metrics where less is better, those of its aggregates too.
        hub: type and name of the task where Sentence Transformers has a word for it.
    """

    title: str
    meaning: str
    metrics: tuple[str, ...] = ()
    lower_is_better: tuple[str, ...] = ()
    hub: tuple[str, str] | None = None


KINDS = {
    "sts": Kind(
        "Semantic textual similarity",
        "`spearman`: rank correlation of the cosines with human grades. `retention`: that, divided"
        " by the teacher's on the original pairs.",
        metrics=("spearman", "retention", "spearman_mean", "spearman_joined"),
        hub=("semantic-similarity", "Semantic Similarity"),
    ),
    "bitext": Kind(
        "Finding translations",
        "`accuracy`: share of sentences whose nearest neighbor by cosine, among all sentences of"
        " the other language, is their translation. `xsim_error`: share whose best match by margin"
        " is not.",
        metrics=(
            "accuracy_mean",
            "accuracy_source_to_target",
            "accuracy_target_to_source",
            "xsim_error",
        ),
        lower_is_better=("xsim_error", "macro_xsim_error"),
        hub=("translation", "Translation"),
    ),
    "xsimpp": Kind(
        "Finding translations among hard negatives",
        "`xsimpp_error`: share of sentences whose best match by margin is not their translation,"
        " when sentences with a changed number, negation, or name are in the way.",
        lower_is_better=(
            "xsimpp_error",
            "xsimpp_error_entity",
            "xsimpp_error_negation",
            "xsimpp_error_number",
        ),
    ),
    "bucc": Kind(
        "Mining translations",
        "`f1`: of the pairs found between two collections, with a threshold that was tuned on other"
        " pairs. `f1_oracle`: with the threshold tuned on the pairs it is measured on, which is"
        " what most papers print. `mteb_bucc_v2`: nearest neighbors of the gold pairs alone.",
        metrics=("f1", "precision", "recall", "f1_oracle", "average_precision", "mteb_bucc_v2"),
    ),
    "retrieval": Kind(
        "Retrieval",
        "Relevant documents among the nearest by cosine; `ndcg` counts a document the more, the"
        " nearer it is to the top.",
        hub=("information-retrieval", "Information Retrieval"),
    ),
    "preference": Kind(
        "Preference for a language",
        "How often the nearest sentence, in a pool of two languages, is in the sentence's own: 50"
        " is no preference.",
    ),
    "mteb": Kind("Tasks of mteb", "mteb's main score, measured by mteb."),
    "health": Kind(
        "Distance to the teacher",
        "`fvu`: share of the teacher's variance that is left unexplained; 0 is the teacher, 1 no"
        " better than a constant. `random_cosine`: mean cosine of unrelated sentences; towards 100"
        " the space has collapsed.",
        metrics=(
            "fvu_source",
            "fvu_target",
            "cosine_target_mean",
            "norm_ratio",
            "random_cosine",
            "random_cosine_target",
        ),
        lower_is_better=("fvu_source", "fvu_target"),
    ),
}
"""By their name in `scores.json` and on the command line, in the order of a page."""

GIVEN_KINDS = tuple(name for name in KINDS if name != "mteb")
"""Those that a user names as KIND:LANGS=WHERE."""
