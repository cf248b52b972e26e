"""Every caption is in the vocabulary, fits the context most of the time, and every label has its words."""

import json
from pathlib import Path

import numpy as np

from ..captions import caption
from ..config import CONTEXT_TOKENS
from ..lexicon import PHRASES
from ..tokenizer import END, IDS, START, token_ids, words_of

VALUES = json.loads((Path(__file__).resolve().parents[1] / "renderer/vocabulary.json").read_text())


def labels(rng, people):
    def one(kind):
        return VALUES[kind][rng.integers(len(VALUES[kind]))]

    kinds = ("gender", "age", "build", "height", "skin", "hair_length", "hair_style", "hair_colour", "view", "action")

    def person():
        garments = [dict(name=one("garment"), colour=one("colour"), pattern=one("pattern")) for _ in range(2)]
        return {**{k: one(k) for k in kinds}, "garments": garments, "keypoints": [[rng.uniform(0, 256), 0, 2]] * 17}

    place = one("place")
    colour = one("colour") if place in ("plain", "studio", "room") else None
    return {"persons": [person() for _ in range(people)], "background": {"place": place, "colour": colour}}


def test_every_label_can_be_said():
    for kind, values in VALUES.items():
        missing = [v for v in values if v not in PHRASES[kind] and v != "none"]
        assert not missing, (kind, missing)


def test_captions_stay_in_the_vocabulary():
    rng = np.random.default_rng(0)
    lengths = []
    for i in range(600):
        text = caption(labels(rng, 1 + i % 3), rng, full=i % 10 == 0)
        assert all(w in IDS for w in words_of(text)), text
        lengths.append(len(words_of(text)))
    assert np.mean(np.array(lengths) <= CONTEXT_TOKENS - 2) > 0.75


def test_ids_follow_the_convention():
    ids = token_ids("A Woman in a zorblax red T-shirt!")
    assert ids[0] == IDS[START] and ids[-1] == IDS[END] and len(ids) == CONTEXT_TOKENS
    assert ids[1:7] == [IDS[w] for w in ("a", "woman", "in", "a", "red", "tshirt")]


if __name__ == "__main__":
    rng = np.random.default_rng(1)
    for i in range(24):
        print(caption(labels(rng, 1 + i % 3), rng, full=i > 18))
