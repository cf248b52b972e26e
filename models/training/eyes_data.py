"""What the eyes train on: windows of renders, made as bad as generated pictures are.

A window is a square of the picture, scaled to the network's side, turned, mirrored; its picture loses colour, sharpness and
truth (blur, median and bilateral smoothing as of a weak autoencoder, halving, JPEG, noise, other backgrounds)."""

import json

import cv2
import numpy as np

from .dataset import read_meta, shard_names
from .eyes import HEAT_STRIDE, KEYPOINTS

# COCO-17: which keypoint each becomes in the mirror.
MIRROR = [0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15]
SIGMA = 1.0  # of a target's bump, in cells


class Renders:
    """Pictures with mattes and labels out of all complete shards; `refresh()` takes in those that came meanwhile."""

    def __init__(self, folders=None):
        self.folders, self.shards = folders, {}
        self.refresh()

    def refresh(self):
        for folder, number in shard_names(self.folders):
            if (folder, number) in self.shards or not (folder / f"mattes-{number}.npy").exists():
                continue
            try:
                images, mattes = (np.load(folder / f"{kind}-{number}.npy", mmap_mode="r") for kind in ("images", "mattes"))
                meta = read_meta(folder, number)
            except (ValueError, OSError, json.JSONDecodeError):
                continue  # still being written
            persons = [[np.array(p["keypoints"], np.float32) for p in m["persons"]] for m in meta]
            self.shards[folder, number] = (images, mattes, persons)
        self.list = list(self.shards.values())
        self.count = sum(len(s[0]) for s in self.list)

    def draw(self, rng):
        """-> picture uint8 [H,W,3], matte uint8 [H,W], persons [[17,3]]"""
        images, mattes, persons = self.list[rng.integers(len(self.list))]
        i = int(rng.integers(len(images)))
        return images[i], mattes[i], persons[i]


def box_of(keypoints):
    """[x0, y0, x1, y1] of the keypoints inside the frame."""
    known = keypoints[keypoints[:, 2] > 0, :2]
    return np.concatenate([known.min(0), known.max(0)]) if len(known) else None


def warp(picture, matrix, side, border=cv2.BORDER_REPLICATE):
    """`matrix` [2,3] maps pixel coordinates (a pixel's centre at .5) of the picture to those of the window."""
    m = matrix.copy()
    m[:, 2] += m[:, :2] @ np.array([0.5, 0.5]) - 0.5
    return cv2.warpAffine(picture, m, (side, side), flags=cv2.INTER_LINEAR, borderMode=border)


def window_matrix(centre, extent, side, turn=0.0):
    """Square of `extent` pixels round `centre`, turned by `turn` radians -> `side` pixels."""
    s, c, n = side / extent, np.cos(turn), np.sin(turn)
    a = s * np.array([[c, -n], [n, c]])
    return np.concatenate([a, (side / 2 - a @ np.asarray(centre))[:, None]], 1)


def through(matrix, points):
    return points @ matrix[:, :2].T + matrix[:, 2]


def degrade(x, matte, rng):
    """uint8 RGB -> uint8 RGB, worse."""
    side = x.shape[0]
    if rng.random() < 0.15:
        cells = int(rng.integers(1, 9))
        ground = rng.integers(0, 256, (cells, cells, 3)).astype(np.uint8)
        if rng.random() < 0.5:
            ground = (ground * rng.uniform(0.1, 0.5) + rng.integers(0, 256, 3) * 0.5).astype(np.uint8)
        ground = cv2.resize(ground, (side, side), interpolation=cv2.INTER_CUBIC)
        a = matte[..., None].astype(np.float32) / 255
        x = (x * a + ground * (1 - a)).astype(np.uint8)
    if rng.random() < 0.5:
        kind = rng.integers(5)
        if kind == 0:
            x = cv2.GaussianBlur(x, (0, 0), rng.uniform(0.4, 2.5))
        elif kind == 1:
            x = cv2.medianBlur(x, int(rng.choice([3, 5, 7])))
        elif kind == 2:
            x = cv2.bilateralFilter(x, 7, rng.uniform(20, 80), rng.uniform(2, 4))
        else:
            small = int(side / rng.uniform(1.4, 4))
            x = cv2.resize(cv2.resize(x, (small, small), interpolation=cv2.INTER_AREA), (side, side), interpolation=cv2.INTER_CUBIC)
    if rng.random() < 0.15:
        # Soft blotches of another brightness and colour, as a weak autoencoder leaves them.
        cells = int(rng.integers(4, 25))
        blotches = cv2.resize(rng.normal(0, rng.uniform(3, 18), (cells, cells, 3)).astype(np.float32), (side, side), interpolation=cv2.INTER_CUBIC)
        x = np.clip(x + blotches, 0, 255).astype(np.uint8)
    if rng.random() < 0.25:
        _, data = cv2.imencode(".jpg", x, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(12, 80))])
        x = cv2.imdecode(data, cv2.IMREAD_COLOR)
    y = x.astype(np.float32)
    if rng.random() < 0.8:
        gain = rng.uniform(0.6, 1.4) * (1 + rng.normal(0, 0.08, 3)).astype(np.float32)
        y = (y - 128) * rng.uniform(0.6, 1.3) + 128
        y = y * gain + rng.normal(0, 15)
    if rng.random() < 0.12:
        y = np.repeat(y.mean(2, keepdims=True), 3, 2) * (1 + rng.normal(0, 0.05, 3))
    elif rng.random() < 0.1:
        y = y[..., rng.permutation(3)]
    if rng.random() < 0.3:
        y = y + rng.normal(0, rng.uniform(1, 14), y.shape)
    return np.clip(y, 0, 255).astype(np.uint8)


def example(renders, rng, side):
    """-> picture uint8 [S,S,3], box uint8 [S,S] (who is meant), keypoints [17,3] or None (no one asked), matte [S,S]"""
    picture, matte, persons = renders.draw(rng)
    size = picture.shape[0]
    who, box, chance = None, None, rng.random()
    if persons and chance < 0.8:
        who = int(rng.integers(len(persons)))
        box = box_of(persons[who])
    if box is not None:
        span = max(box[2] - box[0], box[3] - box[1], 16)
        extent = span * rng.uniform(1.15, 1.8)
        centre = (box[:2] + box[2:]) / 2 + rng.normal(0, 0.06, 2) * span
    else:
        who = None
        # Wide windows for the matte; now and then a small one that may hold no one, or a part.
        extent = size * (rng.uniform(0.7, 1.6) if rng.random() < 0.7 else rng.uniform(0.25, 0.7))
        centre = rng.uniform(0.25, 0.75, 2) * size
    turn = rng.normal(0, 0.2) if rng.random() < 0.6 else 0.0
    matrix = window_matrix(centre, extent, side, turn)
    mirrored = rng.random() < 0.5
    if mirrored:
        matrix[0] *= -1
        matrix[0, 2] += side
    border = cv2.BORDER_REPLICATE if rng.random() < 0.6 else cv2.BORDER_CONSTANT
    x, m = warp(picture, matrix, side, border), warp(matte, matrix, side, cv2.BORDER_CONSTANT)
    if border == cv2.BORDER_REPLICATE:
        m = warp(matte, matrix, side)  # the border's pixels are drawn out with the people on them
    meant, keypoints = np.zeros((side, side), np.uint8), None
    if who is not None:
        keypoints = persons[who].copy()
        keypoints[:, :2] = through(matrix, keypoints[:, :2])
        if mirrored:
            keypoints = keypoints[MIRROR]
        outside = (keypoints[:, :2] < 0).any(1) | (keypoints[:, :2] >= side).any(1)
        keypoints[outside, 2] = 0
        asked = box_of(keypoints)
        if asked is None:
            keypoints = None
        else:
            draw_box(meant, asked, rng)
    elif rng.random() < 0.3:
        # Someone asked for where no one is: every keypoint is nowhere.
        a, b = np.sort(rng.uniform(0, side, (2, 2)), 0)
        x0, y0, x1, y1 = (int(v) for v in (*a, *b))
        if x1 - x0 > 24 and y1 - y0 > 24 and m[y0:y1, x0:x1].max() < 8:
            meant[y0:y1, x0:x1], keypoints = 1, np.zeros((KEYPOINTS, 3), np.float32)
    return degrade(x, m, rng), meant, keypoints, m


def draw_box(meant, box, rng):
    """The asked box is loose, lest its sides give the pose away; sometimes there is none but the window itself."""
    side = meant.shape[0]
    if rng.random() < 0.15:
        meant[:] = 1
        return
    span = max(box[2] - box[0], box[3] - box[1])
    x0, y0 = box[:2] - rng.uniform(0.0, 0.3, 2) * span
    x1, y1 = box[2:] + rng.uniform(0.0, 0.3, 2) * span
    meant[max(0, int(y0)) : max(0, int(np.ceil(y1))), max(0, int(x0)) : max(0, int(np.ceil(x1)))] = 1
    assert side == meant.shape[1]


def target(keypoints, side):
    """[17,3] -> probabilities [17, cells * cells + 1]: a bump where the keypoint is, or the last cell: nowhere."""
    cells = side // HEAT_STRIDE
    centre = np.arange(cells) + 0.5
    at = keypoints[:, :2] / HEAT_STRIDE
    bump = np.exp(-((centre[None] - at[:, 1:2]) ** 2) / (2 * SIGMA**2))[:, :, None] * np.exp(
        -((centre[None] - at[:, 0:1]) ** 2) / (2 * SIGMA**2)
    )[:, None]
    out = np.zeros((KEYPOINTS, cells * cells + 1), np.float32)
    out[:, :-1] = (bump / np.maximum(bump.sum((1, 2), keepdims=True), 1e-9)).reshape(KEYPOINTS, -1)
    missing = keypoints[:, 2] == 0
    out[missing] = 0
    out[missing, -1] = 1
    return out
