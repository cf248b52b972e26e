"""The caption grammar: labels -> a sentence in the closed vocabulary, said another way every time."""

from .lexicon import COLOURS, PHRASES


def pick(rng, phrases, full):
    return phrases[0] if full or rng.random() < 0.6 else phrases[rng.integers(len(phrases))]


def vocabulary():
    """Words by kind for the panel: {kind: {value: [phrases]}}."""
    return {**PHRASES, "colour": COLOURS}


def caption(meta, rng, full=False):
    return ""
