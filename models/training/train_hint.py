"""Stage 0 (optional): give the adapter's feature extractor a start on random skeletons.

It learns to tell, for every latent cell, which joints are near and which limbs cross it; a linear head reads that
from the 48 pose features and is thrown away. Cheap (no picture, no diffusion), and it lets the adapter's stage
keep the costly full-resolution convolutions frozen.  python -m models.training.train_hint [cpu|gpu]"""

import sys

import cv2
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

from .adapter import FeatureExtractor
from .config import CONFIG
from .muon import Muon
from .run_state import Run, device, preset, warm_cosine
from .skeleton import LIMBS, draw_skeleton, line_width

CELL, PICTURE = 8, 256


def random_person(rng, size):
    """17 joints of a loose stick figure anywhere in a window of `size` pixels."""
    s = size * rng.uniform(0.15, 0.9)
    turn, lean = rng.uniform(-1, 1), rng.normal(0, 0.5) if rng.random() < 0.8 else rng.uniform(-3.1, 3.1)
    hips = np.array([rng.uniform(0, size), rng.uniform(0, size)])
    up = np.array([np.sin(lean), -np.cos(lean)])
    side = np.array([-up[1], up[0]]) * turn
    j = np.zeros((17, 2))
    neck = hips + up * s * 0.5
    for i, sign in ((5, 1), (6, -1)):
        j[i] = neck + side * sign * s * 0.18
        j[i + 6] = hips + side * sign * s * 0.1
        for a, b, length in ((i, i + 2, 0.28), (i + 2, i + 4, 0.26), (i + 6, i + 8, 0.42), (i + 8, i + 10, 0.42)):
            angle = rng.uniform(-3.1, 3.1) if rng.random() < 0.5 else rng.normal(lean + 3.14, 0.6)
            j[b] = j[a] + s * length * np.array([np.sin(angle), -np.cos(angle)]) * rng.uniform(0.4, 1)
    head = neck + up * s * 0.22
    face = side * rng.normal(0, 0.06) * 2
    j[0] = head + face * s
    for i, sign in ((1, 1), (2, -1)):
        j[i] = head + (face + side * sign * 0.04) * s + up * s * 0.04
        j[i + 2] = head + (side * sign * 0.09) * s
    seen = (rng.random(17) > 0.08).astype(float)
    return np.concatenate([j, seen[:, None]], axis=1)


def example(rng, size):
    persons = [random_person(rng, size) for _ in range(rng.integers(1, 4))]
    cells, width = size // CELL, line_width(PICTURE)
    # The line's width is that of the whole picture although the window is smaller.
    hint = draw_skeleton(persons, PICTURE, (size, size))
    joints, limbs = np.zeros((17, cells, cells), np.float32), np.zeros((len(LIMBS), size, size), np.uint8)
    centre = (np.arange(cells) + 0.5) * CELL
    drawn = set()
    for k, person in enumerate(persons):
        for i, (a, b) in enumerate(LIMBS):
            if person[a, 2] > 0 and person[b, 2] > 0:
                cv2.line(limbs[i], tuple(int(v) for v in person[a, :2]), tuple(int(v) for v in person[b, :2]), 255, width)
                drawn |= {(k, a), (k, b)}
    for k, i in drawn:
        x, y = persons[k][i, :2]
        d = (centre[None] - x) ** 2 + (centre[:, None] - y) ** 2
        joints[i] = np.maximum(joints[i], np.exp(-d / (2 * CELL**2)))
    limbs = limbs.reshape(len(LIMBS), cells, CELL, cells, CELL).mean((2, 4)) / 255
    return hint, np.concatenate([joints, limbs]).astype(np.float32)


def main(machine="cpu"):
    p, dev = preset(machine, "train_hint"), device()
    params = CONFIG["control_config"]["params"]
    extractor = FeatureExtractor(params["cond_channels"], params["inject_channels"])
    model = nn.ModuleDict(dict(extractor=extractor, head=nn.Conv2d(params["inject_channels"][0], 33, 1)))
    model = model.to(dev, memory_format=torch.channels_last)
    optimizer = Muon(model.named_parameters(), p["lr_muon"], p["lr_adamw"])
    run = Run("hint", p["minutes"])

    def restore(saved):
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])

    run.resume(restore)
    rng = np.random.default_rng(run.step)
    while not run.finished():
        hints, targets = zip(*(example(rng, p["crop"]) for _ in range(p["batch"])))
        x = torch.from_numpy(np.stack(hints)).to(dev).permute(0, 3, 1, 2).float() / 127.5 - 1
        y = torch.from_numpy(np.stack(targets)).to(dev)
        optimizer.set_scale(warm_cosine(run.done()))
        z = extractor.extractors[0](extractor.pre_extractor(x.contiguous(memory_format=torch.channels_last)))
        guess = model["head"](z)
        loss = ((guess - y) ** 2 * (1 + 20 * y)).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        run.record(p["batch"], loss=loss.item(), share=(F.mse_loss(guess, y) / y.var()).item())
        if run.due():
            run.save(model=model.state_dict(), optimizer=optimizer.state_dict())
    run.save(model=model.state_dict(), optimizer=optimizer.state_dict())


if __name__ == "__main__":
    main(*sys.argv[1:])
