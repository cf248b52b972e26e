"""Stage 2b: give the text encoder a start on captions alone.  python -m models.training.train_text [cpu|gpu]

From the end token's embedding, linear heads (thrown away) tell the labels that the caption speaks of and the picture's
latents averaged to 8 x 8. Through the UNet's cross-attention alone the words would need many thousand steps to mean anything;
here they do after a minute, and a linear map is what cross-attention reads."""

import sys

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

from .captions import UPPER, caption
from .checkpoint import build
from .config import CONFIG
from .latents import LatentSet
from .lexicon import PHRASES
from .muon import Muon
from .run_state import Ema, Run, device, preset, warm_cosine
from .tokenizer import END, IDS, token_ids

PERSON = ("gender", "age", "build", "skin", "hair_length", "hair_colour", "view", "action")
LABELS = {
    key: i
    for i, key in enumerate(
        [("place", v) for v in PHRASES["place"]]
        + [("ground", v) for v in PHRASES["colour"]]
        + [(kind, v) for kind in PERSON for v in PHRASES[kind]]
        + [("garment", v) for v in PHRASES["garment"]]
        + [(part, v) for part in ("upper", "lower", "shoes") for v in PHRASES["colour"]]
        + [("people", n) for n in (1, 2, 3)]
    )
}


def label_row(meta):
    row = np.zeros(len(LABELS), np.float32)

    def mark(*key):
        if key in LABELS:
            row[LABELS[key]] = 1

    mark("place", meta["background"]["place"])
    mark("ground", meta["background"].get("colour"))
    mark("people", len(meta["persons"]))
    for person in meta["persons"]:
        for kind in PERSON:
            mark(kind, person[kind])
        for g in person["garments"]:
            mark("garment", g["name"])
            part = "shoes" if g["name"] in ("shoes", "boots") else "upper" if g["name"] in UPPER or "dress" in g["name"] else "lower"
            mark(part, g["colour"])
    return row


def main(machine="cpu"):
    p, dev = preset(machine, "train_text"), device()
    torch.manual_seed(2)
    text = build("text", CONFIG)
    dim = CONFIG["cond_stage_config"]["dim"]
    model = nn.ModuleDict(dict(text=text, labels=nn.Linear(dim, len(LABELS)), latents=nn.Linear(dim, 256))).to(dev)
    optimizer, ema = Muon(model.named_parameters(), p["lr_muon"], p["lr_adamw"]), Ema(model, 0.98)
    run = Run("text", p["minutes"], 60)
    data, rng = LatentSet(), np.random.default_rng(9)
    run.resume(lambda saved: model.load_state_dict(saved["model"]))
    while not run.finished():
        z, labels = data.batch(rng, p["batch"])
        ids = torch.tensor([token_ids(caption(m, rng)) for m in labels], device=dev)
        rows = torch.from_numpy(np.stack([label_row(m) for m in labels])).to(dev)
        optimizer.set_scale(warm_cosine(run.done()))
        h = text(ids)
        # Every end token (the padding repeats it) has seen the whole caption.
        end = (ids == IDS[END]).float()[..., None]
        summary = (h * end).sum(1) / end.sum(1)
        told = F.binary_cross_entropy_with_logits(model["labels"](summary), rows)
        drawn = F.mse_loss(model["latents"](summary), F.avg_pool2d(z, 4).flatten(1).to(dev))
        loss = 4 * told + drawn
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        ema.update(model)
        run.record(len(z), told=told.item(), drawn=drawn.item())
    run.save(model=model.state_dict(), ema=ema.state, ema_updates=ema.updates)


if __name__ == "__main__":
    main(*sys.argv[1:])
