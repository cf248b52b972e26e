"""The eyes: heat maps and a person matte, trained on renders.  python -m models.training.train_eyes [cpu|gpu]

Keypoints: cross-entropy between the heat map's softmax and a bump (or "nowhere"). Matte: cross-entropy and L1, heavier at
contours. Both on every window; windows in which no one is asked for teach the matte alone."""

import sys

import cv2
import numpy as np
import torch
import torch.nn.functional as F

from .eyes import EYES_CONFIG, POSE_SIDE, Eyes, decode
from .eyes_data import Renders, example, target
from .learner import Learner
from .muon import Muon
from .run_state import Ema, Run, device, half_precision, preset
from .sheet import sheet
from .together import RANK, join


def batch(renders, rng, size, side, dev):
    pictures, boxes, people, mattes = zip(*(example(renders, rng, side) for _ in range(size)))
    x = torch.empty(size, 4, side, side).contiguous(memory_format=torch.channels_last)
    x[:, :3] = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2)
    x[:, :3].div_(127.5).sub_(1)
    x[:, 3] = torch.from_numpy(np.stack(boxes))
    asked = [i for i, k in enumerate(people) if k is not None]
    heat = np.stack([target(people[i], side) for i in asked]) if asked else None
    matte = torch.from_numpy(np.stack(mattes)).float()[:, None] / 255
    contour = torch.from_numpy(np.stack([contours(m) for m in mattes]))[:, None]
    return x.to(dev), asked, None if heat is None else torch.from_numpy(heat).to(dev), matte.to(dev), contour.to(dev)


def contours(matte):
    """Weight of each pixel: 5 within two pixels of a contour, 1 elsewhere."""
    square = np.ones((5, 5), np.uint8)
    return 1 + 4 / 255 * cv2.subtract(cv2.dilate(matte, square), cv2.erode(matte, square)).astype(np.float32)


def losses(model, x, asked, heat, matte, contour):
    with half_precision(x.device):
        logits, matte_logits = (y.float() for y in model(x))
    pose = logits.new_zeros(())
    if asked:
        rows = logits[asked].flatten(2)
        rows = torch.cat([rows, rows.new_zeros(*rows.shape[:2], 1)], 2)
        entropy = -(heat * heat.clamp_min(1e-12).log()).sum(2).mean()  # so that 0 is the best there is
        pose = F.cross_entropy(rows.flatten(0, 1), heat.flatten(0, 1)) - entropy
    bce = (F.binary_cross_entropy_with_logits(matte_logits, matte, reduction="none") * contour).mean()
    l1 = (torch.sigmoid(matte_logits) - matte).abs()
    return pose, bce + 2 * (l1 * contour).mean(), l1.mean()


def main(machine="cpu"):
    join()
    p, dev = preset(machine, "train_eyes"), device()
    torch.manual_seed(6)
    model = Eyes().to(dev, memory_format=torch.channels_last)
    optimizer, ema = Muon(model.named_parameters(), p["lr_muon"], p["lr_adamw"]), Ema(model, p["ema"])
    run = Run("eyes", p["minutes"], p.get("checkpoint_minutes", 4))

    def restore(saved):
        model.load_state_dict(saved["model"])
        ema.state, ema.updates = saved["ema"], saved["ema_updates"]
        optimizer.load_state_dict(saved["optimizer"])

    run.resume(restore)
    renders, rng = Renders(), np.random.default_rng([6, run.step, RANK])

    def save():
        renders.refresh()
        if RANK:
            return
        run.save(model=model.state_dict(), ema=ema.state, ema_updates=ema.updates, optimizer=optimizer.state_dict())
        sample(ema.state, renders, run.folder / f"sheet-{run.step:06d}.png")

    learner = Learner(model, optimizer, ema, run, p, save)
    while not learner.stop:
        pose, matte, l1 = losses(model, *batch(renders, rng, p["batch"], POSE_SIDE, dev))
        loss = pose + p["matte"] * matte
        learner.step(loss, p["batch"], pose=pose.item(), matte=matte.item(), l1=l1.item())
    save()


COLOURS = [(255, 255, 0)] * 5 + [(0, 255, 0), (255, 80, 0)] * 6


def draw(picture, keypoints):
    """Dots where keypoints were found; the person's left green, right orange; faint ones left out."""
    out = picture.copy()
    for (x, y, score), colour in zip(keypoints, COLOURS):
        if score > 0.2:
            cv2.circle(out, (int(x), int(y)), 3, colour, -1)
    return out


@torch.no_grad()
def sample(state, renders, path):
    """Sixteen windows as the network sees them: found keypoints, found matte."""
    model = Eyes(EYES_CONFIG).eval()
    model.load_state_dict(state)
    x, *_ = batch(renders, np.random.default_rng(1), 16, POSE_SIDE, "cpu")
    heat, matte = model(x)
    pictures = ((x[:, :3].permute(0, 2, 3, 1).numpy() + 1) * 127.5 + 0.5).astype(np.uint8)
    mattes = (torch.sigmoid(matte[:, 0]).numpy() * 255).astype(np.uint8)
    marked = [draw(np.ascontiguousarray(a), k) for a, k in zip(pictures, decode(heat).numpy())]
    sheet([w for r in range(0, 16, 8) for w in marked[r : r + 8] + [np.repeat(m[..., None], 3, 2) for m in mattes[r : r + 8]]], 8, path)


if __name__ == "__main__":
    main(*sys.argv[1:])
