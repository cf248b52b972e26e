"""What the eyes are worth on held-out renders.  python -m models.training.evaluate_eyes FOLDER [sheet.png] [count]

FOLDER holds renders of seeds that are never trained on (`renderer.produce --first 1000000000`). Keypoints: each person in
the box of their keypoints; share of people whose keypoint similarity (COCO's sigmas, area of the box of the keypoints)
passes .50:.95, as MoveNet's figures are. Matte: intersection over union at one half, mean absolute error of all pixels."""

import json
import sys
from pathlib import Path

import cv2
import numpy as np
import torch

from .eyes import EYES_CONFIG, MATTE_SIDE, POSE_SIDE, Eyes, decode
from .eyes_data import Renders, box_of, read_meta, warp, window_matrix
from .run_state import STATE, device
from .sheet import sheet
from .train_eyes import draw

SIGMAS = np.array([26, 25, 25, 35, 35, 79, 79, 72, 72, 62, 62, 107, 107, 87, 87, 89, 89]) / 1000
THRESHOLDS = np.arange(0.5, 0.96, 0.05)


def similarity(found, asked, area):
    known = asked[:, 2] > 0
    d2 = ((found[known, :2] - asked[known, :2]) ** 2).sum(1)
    return float(np.exp(-d2 / (2 * area * (2 * SIGMAS[known]) ** 2)).mean())


def look(model, picture, box):
    """Keypoints [17,3] in pixels of the picture of the person in a box [x0,y0,x1,y1], as core/detect finds them."""
    span = max(box[2] - box[0], box[3] - box[1], 1)
    centre, extent = (box[:2] + box[2:]) / 2, span * (1 + 2 * EYES_CONFIG["cropMargin"])
    matrix = window_matrix(centre, extent, POSE_SIDE)
    x = torch.zeros(1, 4, POSE_SIDE, POSE_SIDE).contiguous(memory_format=torch.channels_last)
    x[0, :3] = torch.from_numpy(warp(picture, matrix, POSE_SIDE, cv2.BORDER_CONSTANT)).permute(2, 0, 1) / 127.5 - 1
    wide = np.concatenate([box[:2] - EYES_CONFIG["boxMargin"] * span, box[2:] + EYES_CONFIG["boxMargin"] * span])
    x0, y0, x1, y1 = ((wide.reshape(2, 2) - centre) / extent * POSE_SIDE + POSE_SIDE / 2).round().clip(0, POSE_SIDE).astype(int).ravel()
    x[0, 3, y0:y1, x0:x1] = 1
    keypoints = decode(model(x)[0])[0].numpy()
    keypoints[:, :2] = (keypoints[:, :2] / POSE_SIDE - 0.5) * extent + centre
    return keypoints


def see_people(model, picture):
    """Matte [H,W], 0 to 1."""
    small = cv2.resize(picture, (MATTE_SIDE, MATTE_SIDE), interpolation=cv2.INTER_AREA)
    x = torch.zeros(1, 4, MATTE_SIDE, MATTE_SIDE)
    x[0, :3] = torch.from_numpy(small).permute(2, 0, 1) / 127.5 - 1
    return torch.sigmoid(model(x)[1])[0, 0].numpy()


def trained(which="ema"):
    model = Eyes().eval()
    model.load_state_dict(torch.load(STATE / "eyes" / "state.pt", map_location="cpu", weights_only=False)[which])
    return model.to(memory_format=torch.channels_last)


@torch.no_grad()
def main(folder, out=None, count="256"):
    device()
    model, folder = trained(), Path(folder)
    scores, crowd, overlap, error, shown = {}, {}, [], [], []
    for (where, number), (images, mattes, persons) in Renders([folder]).shards.items():
        meta = read_meta(where, number)
        for i in range(min(len(images), int(count))):
            picture, truth = np.array(images[i]), mattes[i] / 255
            matte, seen = see_people(model, picture), picture
            both, either = ((matte > 0.5) & (truth > 0.5)).sum(), ((matte > 0.5) | (truth > 0.5)).sum()
            overlap.append(both / max(1, either))
            error.append(np.abs(matte - truth).mean())
            for asked, person in zip(persons[i], meta[i]["persons"]):
                box = box_of(asked)
                if box is None or (asked[:, 2] > 0).sum() < 5:
                    continue
                found = look(model, picture, box)
                passes = float((similarity(found, asked, np.prod(box[2:] - box[:2])) >= THRESHOLDS).mean())
                scores.setdefault(person["view"], []).append(passes)
                crowd.setdefault(len(persons[i]), []).append(passes)
                seen = draw(seen, found)
            if len(shown) < 48:
                shown += [seen, (picture * matte[..., None] + 255 * (1 - matte[..., None])).astype(np.uint8)]
    every = [s for v in scores.values() for s in v]
    share = lambda values: round(100 * float(np.mean(values)), 1)  # noqa: E731
    print(json.dumps(dict(
        people=len(every), ap=share(every), byView={k: share(v) for k, v in sorted(scores.items())},
        byPeople={k: share(v) for k, v in sorted(crowd.items())},
        matteIou=share(overlap), matteError=round(float(np.mean(error)), 4), pictures=len(overlap),
    )))  # fmt: skip
    if out:
        sheet(shown, 12, out)


if __name__ == "__main__":
    main(*sys.argv[1:])
