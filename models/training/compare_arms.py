"""How well the compared adapters guess noise on renders never trained on, as a table.

  python -m models.training.compare_arms [cpu|gpu]

All see the same pictures, captions, noise and noise levels, so that it tells apart what scores of drawn
pictures do not: the mean squared error inside the finest pose mask and outside it, in percent of what the base alone leaves. In
brackets the half width of the 95 % interval of the difference to the first arm (paired by render, all seeds averaged)."""

import json
import re
import sys
from collections import defaultdict

import numpy as np
import torch

from .arms import ARMS, build_arm, features_of, masks_of, predict
from .captions import caption
from .conditions import hint_batch, mask_batch
from .config import CONFIG
from .dataset import held_out
from .diffusion import add_noise, alphas_cumprod, training_noise
from .encode import SCALE, encode_pictures, frozen_vae
from .run_state import STATE, device, half_precision, preset
from .sample import STABLE_POSE
from .tokenizer import token_ids
from .train_adapter import frozen_base

LEVELS = (150, 350, 550, 750, 950)


def trained_arms():
    """{arm: [state of each seed]}"""
    out = defaultdict(list)
    for path in sorted((STATE / "arms").glob("*/state.pt")):
        name, _ = re.fullmatch(r"(.+)-(\d+)", path.parent.name).groups()
        out[name].append(torch.load(path, map_location="cpu", weights_only=False)["ema"])
    return {name: out[name] for name in ARMS if name in out}


@torch.no_grad()
def errors(base, rows, name=None, state=None):
    """[renders, 2]: mean squared error inside and outside the finest mask."""
    arm = ARMS[name] if name else STABLE_POSE
    dev = rows["z"].device
    features = adapter = None
    if name:
        adapter = build_arm(arm)
        adapter.load_state_dict(state)
        adapter = adapter.to(dev, memory_format=torch.channels_last).eval()
    inside = rows["mask"].chunk(2)[1].float()[:, None]
    total = torch.zeros(len(rows["z"]), 2, device=dev)
    for level, noise in zip(LEVELS, rows["noises"]):
        t = torch.full((len(noise),), level, device=dev)
        noisy = add_noise(rows["z"], noise, t, rows["alphas"])
        with half_precision(dev):
            if adapter is None:
                guess = base["unet"](noisy, t, rows["context"])
            else:
                features = features_of(arm, adapter, rows["hint"]) if features is None else features
                guess = predict(arm, adapter, base["unet"], noisy, t, rows["context"], features, masks_of(arm, rows["mask"]))
        square = (guess.float() - noise).square().mean(1, keepdim=True)
        for i, part in enumerate((inside, 1 - inside)):
            total[:, i] += (square * part).sum((1, 2, 3)) / part.sum((1, 2, 3)).clamp(min=1) / len(LEVELS)
    return total.cpu().numpy()


def held_out_rows(base, dev, p, count=128):
    chosen = held_out(limit=count)
    labels = [meta for _, meta in chosen]
    scale = json.loads(SCALE.read_text())["scale_factor"]
    latents = encode_pictures(frozen_vae(dev), [picture for picture, _ in chosen], dev)
    z = (torch.from_numpy(latents[:, :4].astype(np.float32)) * scale).to(dev).contiguous(memory_format=torch.channels_last)
    rng = np.random.default_rng(0)
    torch.manual_seed(0)
    hint = hint_batch(labels).to(dev)
    context = base["text"](torch.tensor([token_ids(caption(m, rng)) for m in labels], device=dev))
    noises = [training_noise(z, p["offset"]) for _ in LEVELS]
    return dict(z=z, hint=hint, mask=mask_batch(hint).to(dev), context=context, noises=noises, alphas=alphas_cumprod(CONFIG).to(dev))


def main(machine="cpu"):
    dev, p = device(), {**preset(machine, "train_adapter"), **preset(machine, "train_arm")}
    base = frozen_base(p["base"], dev).eval()
    rows = held_out_rows(base, dev, p)
    alone = errors(base, rows)
    arms = trained_arms()
    left = {n: np.mean([errors(base, rows, n, s) for s in seeds], 0) / alone.mean(0) * 100 for n, seeds in arms.items()}
    reference = next(iter(left.values()))
    print(f"{len(alone)} renders, {len(LEVELS)} noise levels each.\n\n| arm | seeds | inside the mask | outside |\n| --- | ---: | ---: | ---: |")
    for name, rest in left.items():
        spread = 1.96 * (rest - reference).std(0, ddof=1) / np.sqrt(len(rest))
        cells = [f"{m:.2f}" + (f" (± {s:.2f})" if rest is not reference else "") for m, s in zip(rest.mean(0), spread)]
        print(f"| `{name}` | {len(arms[name])} | {cells[0]} | {cells[1]} |")


if __name__ == "__main__":
    main(*sys.argv[1:])
