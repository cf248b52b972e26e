"""The renderer: same seed same picture, labels inside the vocabulary, keypoints where the person is."""

import json
from pathlib import Path

import numpy as np
import pytest

from ..renderer.body import data_folder
from ..renderer.poses import LIMITS, draw_action, draw_pose

try:
    data_folder()
except FileNotFoundError as missing:
    pytest.skip(str(missing), allow_module_level=True)

from ..renderer import person
from ..renderer.evaluation_list import picture_of
from ..renderer.person import make_person, wardrobe
from ..renderer.produce import produce
from ..renderer.scene import render

VALUES = json.loads((Path(__file__).resolve().parents[1] / "renderer/vocabulary.json").read_text())
FIRST = 1_000_000_000
LIST = Path(__file__).resolve().parents[3] / "packages/evaluation/lists/held-out.json"


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
        _, pose = draw_pose(rng, draw_action(rng))
        for part in ("la", "ra", "ll", "rl"):
            for name, value in pose[part].items():
                low, high = LIMITS.get(name, (-360, 360))
                assert low <= value <= high, (part, name, value)


def heights(p, parts):
    """How high the lowest points of the skin's parts are, cloth and soles aside."""
    w = wardrobe()
    return [p.points[: len(w.source)][np.isin(w.source, w.contact_points[part]), 1].min() for part in parts]


def test_who_crawls_or_lies_touches_the_floor_with_all_that_carries_them(monkeypatch):
    for action, parts in (("crawl", ("lh", "rh", "lk", "rk")), ("lie", ("hips", "chest"))):
        monkeypatch.setattr(person, "draw_action", lambda rng, action=action: action)
        for seed in range(6):
            p = make_person(np.random.default_rng(FIRST + seed))
            assert p.labels["action"] == action
            assert max(heights(p, parts)) < 0.6, (action, seed)
            assert p.points[p.visible, 1].min() > -0.1
    monkeypatch.setattr(person, "draw_action", lambda rng: "crawl")
    drawn = [max(heights(make_person(np.random.default_rng(FIRST + seed), settled=False), ("lh", "rh", "lk", "rk"))) for seed in range(6)]
    assert max(drawn) > 1  # what settling is for


def test_a_seat_reaches_up_to_whom_it_carries(monkeypatch):
    monkeypatch.setattr(person, "draw_action", lambda rng: "sit")
    sitters = [make_person(np.random.default_rng(FIRST + seed)) for seed in range(10)]
    for p in sitters:
        assert abs(p.seat - heights(p, ["hips"])[0]) < 0.3 or heights(p, ["hips"])[0] < 0.6


def test_the_list_of_held_out_pictures_is_still_drawn():
    entries = json.loads(LIST.read_text())
    assert picture_of(entries[0])
    moved = {**entries[0], "poses": [[[x + 9, y, s] for x, y, s in p] for p in entries[0]["poses"]]}
    assert picture_of(moved) is None


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
