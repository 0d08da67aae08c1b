"""The lexicon against plain loops over dictionaries, and on corpora where the answer is known."""

import math
from collections import defaultdict
from collections.abc import Callable

import numpy as np
import pytest

from isogloss.data.token_table import TokenTable
from isogloss.students.alignment.lexicon import learn_lexicon
from isogloss.students.settings import AlignmentSettings

NULL = -1
"""The empty word, put before every given sentence."""

STEPS = 256
"""The diagonal prior is a table of so many steps; here it is looked up in the same steps."""

Sentences = list[list[int]]
Translations = dict[int, dict[int, float]]
"""Given type to generated type to t(generated | given)."""
Prior = Callable[[int, int, int, int], float]
"""Weight of a link: generated position and length, given position (from 0) and length."""


def random_corpus(seed: int, n: int = 40, n_source: int = 12, n_target: int = 15) -> Sentences:
    """Sentence pairs, source and target taking turns; the target of word w is mostly word w + 1."""
    rng = np.random.default_rng(seed)
    flat: Sentences = []
    for _ in range(n):
        source = rng.integers(0, n_source, rng.integers(1, 8)).tolist()
        noise = rng.integers(0, n_target, rng.integers(0, 3)).tolist()
        flat += [source, [word + 1 for word in source if rng.random() < 0.8] + noise or [0]]
    return flat


def no_prior(j: int, n: int, i: int, m: int) -> float:
    return 1.0


def diagonal_prior(strength: float) -> Prior:
    """Dyer et al. 2013, eq. 2, in the middle of each word: exp(-strength * |j / n - i / m|)."""

    def prior(j: int, n: int, i: int, m: int) -> float:
        gap = abs((j + 0.5) / n - (i + 0.5) / m)
        return math.exp(-strength * int(gap * STEPS) / STEPS)

    return prior


def posterior(
    word: int, j: int, n: int, given: list[int], t: Translations | None, prior: Prior
) -> list[float]:
    """p(link | sentence pair) to the empty word, then to every given word."""
    weights = [1.0 if t is None else t[NULL][word]]
    for i, e in enumerate(given):
        weights.append((1.0 if t is None else t[e][word]) * prior(j, n, i, len(given)))
    return [weight / sum(weights) for weight in weights]


def model_one(
    generated: Sentences, given: Sentences, iterations: int, prior: Prior
) -> Translations | None:
    """Brown et al. 1993, Model 1 by expectation maximization; None is the uniform start."""
    t: Translations | None = None
    for _ in range(iterations):
        counts: Translations = defaultdict(lambda: defaultdict(float))
        for words, others in zip(generated, given, strict=True):
            for j, word in enumerate(words):
                shares = posterior(word, j, len(words), others, t, prior)
                for e, share in zip([NULL, *others], shares, strict=True):
                    counts[e][word] += share
        t = {}
        for e, row in counts.items():
            total = sum(row.values())
            t[e] = {word: count / total for word, count in row.items()}
    return t


def expected_links(
    source: Sentences,
    target: Sentences,
    shape: tuple[int, int],
    iterations: int,
    prior: Prior,
    *,
    agreement: bool,
) -> np.ndarray:
    """Expected link counts (n_target, n_source), by the definitions."""
    forward = model_one(target, source, iterations, prior)
    backward = model_one(source, target, iterations, prior)
    links = np.zeros(shape)
    for src, tgt in zip(source, target, strict=True):
        there = [posterior(f, j, len(tgt), src, forward, prior) for j, f in enumerate(tgt)]
        back = [posterior(e, i, len(src), tgt, backward, prior) for i, e in enumerate(src)]
        for j, f in enumerate(tgt):
            for i, e in enumerate(src):
                share = there[j][i + 1]
                links[f, e] += share * back[i][j + 1] if agreement else share
    return links


def learned(
    source: Sentences,
    target: Sentences,
    settings: AlignmentSettings,
    n_source: int = 12,
    n_target: int = 15,
) -> np.ndarray:
    matrix = learn_lexicon(
        TokenTable.from_sentences(source),
        TokenTable.from_sentences(target),
        n_source,
        n_target,
        settings,
    )
    assert matrix.shape == (n_target, n_source)
    return np.asarray(matrix.todense())


@pytest.mark.parametrize("iterations", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("seed", [0, 1])
def test_without_extras_it_is_model_one(seed: int, iterations: int) -> None:
    corpus = random_corpus(seed)
    source, target = corpus[::2], corpus[1::2]
    settings = AlignmentSettings(iterations=iterations, diagonal=0.0, agreement=False)
    expected = expected_links(source, target, (15, 12), iterations, no_prior, agreement=False)
    np.testing.assert_allclose(learned(source, target, settings), expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(
    ("diagonal", "agreement"), [(2.0, False), (4.0, False), (0.0, True), (2.0, True)]
)
def test_diagonal_prior_and_agreement_follow_their_definitions(
    diagonal: float, agreement: bool
) -> None:
    corpus = random_corpus(2)
    source, target = corpus[::2], corpus[1::2]
    settings = AlignmentSettings(iterations=3, diagonal=diagonal, agreement=agreement)
    prior = diagonal_prior(diagonal)
    expected = expected_links(source, target, (15, 12), 3, prior, agreement=agreement)
    np.testing.assert_allclose(learned(source, target, settings), expected, atol=1e-5, rtol=1e-4)


def test_the_right_translation_wins() -> None:
    """the house | the book | a house: das Haus | das Buch | ein Haus."""
    source = [[0, 1], [0, 2], [3, 1]]
    target = [[0, 1], [0, 2], [3, 1]]
    for settings in (AlignmentSettings(), AlignmentSettings(diagonal=0.0, agreement=False)):
        links = learned(source, target, settings, n_source=4, n_target=4)
        assert links.argmax(1).tolist() == [0, 1, 2, 3]


def test_agreement_takes_links_away_from_words_that_only_one_direction_links() -> None:
    corpus = random_corpus(3)
    source, target = corpus[::2], corpus[1::2]
    one = learned(source, target, AlignmentSettings(agreement=False))
    both = learned(source, target, AlignmentSettings(agreement=True))
    assert (both <= one + 1e-6).all()
    assert both.sum() < 0.9 * one.sum()


def test_links_of_a_word_are_at_most_its_occurrences() -> None:
    corpus = random_corpus(4)
    links = learned(corpus[::2], corpus[1::2], AlignmentSettings())
    occurrences = np.bincount([f for words in corpus[1::2] for f in words], minlength=15)
    assert (links.sum(1) <= occurrences + 1e-4).all()


def test_empty_and_overlong_sentences_are_passed_over() -> None:
    corpus = random_corpus(5)
    source, target = corpus[::2], corpus[1::2]
    settings = AlignmentSettings(max_length=8)
    usable = [k for k, words in enumerate(target) if len(words) <= 8]
    expected = learned([source[k] for k in usable], [target[k] for k in usable], settings)
    spoilt_source = [[], [1, 2], *source, [3] * 9, [4]]
    spoilt_target = [[5], [], *target, [6], [7] * 9]
    assert (learned(spoilt_source, spoilt_target, settings) == expected).all()


@pytest.mark.parametrize(("tokens", "looked_at"), [(10, 7), (20, 7), (5, 14)])
def test_only_the_first_sentences_are_looked_at_and_short_ones_count_less(
    tokens: int, looked_at: int
) -> None:
    corpus = [(words * tokens)[:tokens] for words in random_corpus(6)]
    source, target = corpus[::2], corpus[1::2]
    few = learned(source[:looked_at], target[:looked_at], AlignmentSettings())
    assert (learned(source, target, AlignmentSettings(max_sentences=7)) == few).all()


@pytest.mark.parametrize("agreement", [True, False])
def test_nothing_usable_gives_an_empty_lexicon(agreement: bool) -> None:
    settings = AlignmentSettings(max_length=3, agreement=agreement)
    assert not learned([[1] * 9, []], [[1], [2]], settings).any()
    assert not learned([], [], settings).any()
