"""The renderer: same seed same picture, labels inside the vocabulary, keypoints where the person is."""

import json
from pathlib import Path

import numpy as np
import pytest

from ..renderer.body import data_folder
from ..renderer.poses import LIMITS, draw_pose

try:
    data_folder()
except FileNotFoundError as missing:
    pytest.skip(str(missing), allow_module_level=True)

from ..renderer.produce import produce
from ..renderer.scene import render

VALUES = json.loads((Path(__file__).resolve().parents[1] / "renderer/vocabulary.json").read_text())
FIRST = 1_000_000_000


def test_the_same_seed_gives_the_same_sample():
    a, b = render(FIRST), render(FIRST)
    assert (a.image == b.image).all() and (a.matte == b.matte).all() and a.meta == b.meta


def test_every_label_is_in_the_vocabulary():
    for seed in range(FIRST, FIRST + 24):
        meta = render(seed).meta
        assert meta["background"]["place"] in VALUES["place"]
        for person in meta["persons"]:
            for kind in ("gender", "age", "build", "height", "skin", "hair_length", "hair_style", "hair_colour", "view", "action"):
                assert person[kind] in VALUES[kind], kind
            for garment in person["garments"]:
                assert garment["name"] in VALUES["garment"]
                assert garment["colour"] in VALUES["colour"] and garment["pattern"] in VALUES["pattern"]


def test_seen_keypoints_lie_on_the_matte():
    on = []
    for seed in range(FIRST, FIRST + 24):
        sample = render(seed)
        for person in sample.meta["persons"]:
            on += [sample.matte[int(y), int(x)] > 0 for x, y, v in person["keypoints"] if v == 2]
    # A keypoint may fall beside a thin wrist or ankle by a pixel.
    assert np.mean(on) > 0.98


def test_everybody_is_dressed_above_and_below():
    for seed in range(FIRST, FIRST + 24):
        for person in render(seed).meta["persons"]:
            names = " ".join(g["name"] for g in person["garments"])
            assert "dress" in names or any(n in names for n in ("trousers", "jeans", "leggings", "shorts", "skirt"))
            assert "shoes" in names or "boots" in names


def test_joints_stay_inside_their_limits():
    rng = np.random.default_rng(FIRST)
    for _ in range(300):
        _, pose = draw_pose(rng)
        for part in ("la", "ra", "ll", "rl"):
            for name, value in pose[part].items():
                low, high = LIMITS.get(name, (-360, 360))
                assert low <= value <= high, (part, name, value)


def test_a_complete_shard_is_left_alone(tmp_path):
    produce(tmp_path, FIRST, 2, shard=2)
    images = next(tmp_path.glob("images-*.npy"))
    before = images.stat().st_mtime_ns
    produce(tmp_path, FIRST, 2, shard=2)
    assert images.stat().st_mtime_ns == before
    assert np.load(images, mmap_mode="r").shape == (2, 256, 256, 3)
    assert len(next(tmp_path.glob("meta-*.jsonl")).read_text().splitlines()) == 2


def test_mannequins_stand_in_the_same_pose_in_grey():
    dressed, grey = render(FIRST), render(FIRST, mannequins=True)
    for a, b in zip(dressed.meta["persons"], grey.meta["persons"]):
        assert a["action"] == b["action"] and a["view"] == b["view"]
    inside = grey.image[grey.matte > 250].astype(int)
    # Light may be coloured a little; clothes of the dressed one are far from grey.
    assert (inside.max(1) - inside.min(1)).mean() < 0.5 * np.ptp(dressed.image[dressed.matte > 250].astype(int), axis=1).mean()
