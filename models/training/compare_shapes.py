"""Shapes of the base at equal time: each learns from nothing, on the same latents and captions.

  python -m models.training.compare_shapes SHAPE [cpu|gpu]    one shape, for `minutes` of preset `train_shape`
  python -m models.training.compare_shapes plot PICTURE       the curves of those that there are

On a CPU the minutes are of processor time, so that several shapes may run beside each other and beside other programs. The
text encoder is the one of the base, frozen: captions are read alike."""

import csv
import sys
import time
from copy import deepcopy

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from .config import CONFIG, CONTEXT_TOKENS, TEXT_WIDTH
from .run_state import STATE, Run, device, preset
from .together import join
from .train_unet import base_model, learn, start_text

SHAPES = {
    "32-four-levels": dict(model_channels=32, channel_mult=[1, 2, 4, 6], attention_resolutions=[4, 8]),
    "48-four-levels": dict(model_channels=48, channel_mult=[1, 2, 3, 4], attention_resolutions=[4, 8]),
    "64-three-levels": dict(model_channels=64, channel_mult=[1, 2, 4], attention_resolutions=[2, 4]),
}


def shaped(name):
    config = deepcopy(CONFIG)
    config["unet_config"]["params"].update(SHAPES[name])
    return config


@torch.no_grad()
def size_and_cost(unet):
    p = CONFIG["unet_config"]["params"]
    row = torch.zeros(1, p["in_channels"], p["image_size"], p["image_size"]), torch.zeros(1), torch.zeros(1, CONTEXT_TOKENS, TEXT_WIDTH)
    with FlopCounterMode(display=False) as counter:
        unet(*(x.to(next(unet.parameters()).device) for x in row))
    millions = sum(w.numel() for w in unet.parameters()) / 1e6
    return f"{millions:.2f} million parameters, {counter.get_total_flops() / 1e9:.2f} GFLOP a row (multiply and add are two)"


def train(name, machine="cpu"):
    join()
    p, dev = {**preset(machine, "train_unet"), **preset(machine, "train_shape")}, device()
    torch.manual_seed(0)
    model = base_model(dev, shaped(name))
    start_text(model, "unet")
    model["text"].requires_grad_(False)
    print(f"{name}: {size_and_cost(model['unet'])}", flush=True)
    clock = time.process_time if dev.type == "cpu" else time.time
    learn(model, Run(f"shapes/{name}", p["minutes"], clock=clock), p, dev)


def plot(path):
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    _, (by_time, by_rows) = plt.subplots(1, 2, figsize=(11, 4), sharey=True)
    for name in SHAPES:
        curve = STATE / "shapes" / name / "loss.csv"
        if not curve.exists():
            continue
        rows = list(csv.DictReader(curve.open()))
        seconds, samples, loss = (np.array([float(r[k]) for r in rows]) for k in ("seconds", "samples", "loss"))
        # An average that looks back a fifth of the way.
        smooth = [loss[max(0, i * 4 // 5) : i + 1].mean() for i in range(len(loss))]
        by_time.plot(seconds / 60, smooth, label=name)
        by_rows.plot(samples / 1000, smooth, label=name)
        print(f"{name}: {int(samples[-1])} pictures in {seconds[-1] / 60:.1f} min, loss {smooth[-1]:.4f}")
    by_time.set(xlabel="minutes of one core", ylabel="loss", yscale="log")
    by_rows.set(xlabel="thousand pictures")
    by_time.legend()
    plt.tight_layout()
    plt.savefig(path, dpi=90)


if __name__ == "__main__":
    (plot if sys.argv[1] == "plot" else train)(*sys.argv[2 if sys.argv[1] == "plot" else 1 :])
