"""Renders on disk: shards of pictures, mattes and labels, and the latents cached from them."""

import json
import os
import re
from pathlib import Path

import numpy as np

from .run_state import STATE

FOLDERS = [STATE / f for f in os.environ.get("FIGURINE_DATA", "data").split(",")]
# One picture in this many is never trained on (by shard order: its index modulo this number is 0).
HELD_OUT_EVERY = 64


def shard_names(folders=None):
    """[(folder, number)] of every complete shard, oldest first."""
    found = []
    for folder in folders or FOLDERS:
        for f in sorted(Path(folder).glob("images-*.npy")):
            number = re.search(r"images-(\d+)\.npy", f.name).group(1)
            if (Path(folder) / f"meta-{number}.jsonl").exists():
                found.append((Path(folder), number))
    return found


def read_meta(folder, number):
    with open(folder / f"meta-{number}.jsonl") as f:
        return [json.loads(line) for line in f if line.strip()]


class Pictures:
    """Random pictures out of all shards; `refresh()` takes in shards that came meanwhile."""

    def __init__(self):
        self.shards = {}
        self.refresh()

    def refresh(self):
        for folder, number in shard_names():
            if (folder, number) not in self.shards:
                try:
                    images = np.load(folder / f"images-{number}.npy", mmap_mode="r")
                    mattes = np.load(folder / f"mattes-{number}.npy", mmap_mode="r")
                    meta = read_meta(folder, number)
                except (ValueError, OSError, json.JSONDecodeError):
                    continue  # still being written
                if len(meta) >= len(images) > 0:
                    self.shards[folder, number] = (images, mattes, meta)
        self.list = list(self.shards.values())
        self.count = sum(len(i) for i, _, _ in self.list)

    def crop(self, rng, size):
        """A random window of a random picture, as `cut` gives it."""
        images, mattes, meta = self.list[rng.integers(len(self.list))]
        i = int(rng.integers(len(images)))
        if i % HELD_OUT_EVERY == 0:
            i = (i + 1) % len(images)
        y, x = window(rng, meta[i]["persons"], size, images.shape[1:3])
        return cut(images[i], mattes[i], y, x, size)

    def cut_of(self, at, y, x, size):
        """The window at (y, x) of the render `at`: folder, number of its shard, index in it."""
        folder, number, i = at
        images, mattes, _ = self.shards[folder, number]
        return cut(images[i], mattes[i], y, x, size)


def window(rng, persons, size, shape):
    """Top left corner (y, x) of a random window of `size`; more than half of them round a person's joint, often the face."""
    h, w = shape
    y, x = rng.integers(0, h - size + 1), rng.integers(0, w - size + 1)
    if persons and rng.random() < 0.6:
        joints = persons[rng.integers(len(persons))]["keypoints"]
        jx, jy = joints[0 if rng.random() < 0.4 else rng.integers(17)][:2]
        x = int(np.clip(jx - rng.uniform(0.25, 0.75) * size, 0, w - size))
        y = int(np.clip(jy - rng.uniform(0.25, 0.75) * size, 0, h - size))
    return y, x


def cut(picture, matte, y, x, size):
    """[size,size,4] uint8: red, green, blue and people's matte."""
    part = (slice(y, y + size), slice(x, x + size))
    return np.concatenate([picture[part], matte[part][..., None]], 2)


def held_out(folders=None, limit=64):
    """[(picture, meta)] never trained on."""
    out = []
    for folder, number in shard_names(folders):
        images, meta = np.load(folder / f"images-{number}.npy", mmap_mode="r"), read_meta(folder, number)
        for i in range(0, len(images), HELD_OUT_EVERY):
            out.append((np.array(images[i]), meta[i]))
            if len(out) >= limit:
                return out
    return out
