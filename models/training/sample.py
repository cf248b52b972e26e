"""Pictures from the current weights: 20 DDIM steps with guidance.

  python -m models.training.sample OUT.png [base|adapter]

Sheets are made for held-out renders: their captions, and with the adapter their poses."""

import sys

import numpy as np
import torch

from .arms import ARMS, build_arm, features_of, masks_of, predict
from .captions import caption
from .checkpoint import build
from .conditions import hint_batch, mask_batch
from .config import CONFIG
from .dataset import held_out
from .diffusion import alphas_cumprod, ddim
from .encode import SCALE, shown_vae
from .run_state import STATE, device
from .sheet import sheet, to_pictures
from .tokenizer import token_ids


def split(state):
    """The adapter stage's weights -> (base, adapter)."""
    return tuple({k[len(p) :]: v for k, v in state.items() if k.startswith(p)} for p in ("base.", "adapter."))


STABLE_POSE = ARMS["stable-pose"]


def parts(base_state, adapter_state=None, dev="cpu", arm=STABLE_POSE):
    out = {}
    for name, state in (("unet", base_state), ("text", base_state)):
        out[name] = build(name, CONFIG)
        prefix = name + "."
        out[name].load_state_dict({k[len(prefix) :]: v for k, v in state.items() if k.startswith(prefix)})
    if adapter_state is not None:
        out["adapter"] = build_arm(arm)
        out["adapter"].load_state_dict(adapter_state)
    return {k: m.to(dev, memory_format=torch.channels_last).eval().requires_grad_(False) for k, m in out.items()}


@torch.no_grad()
def generate(model, prompts, labels=None, scale=4.0, steps=20, seed=0, dev="cpu", arm=STABLE_POSE):
    """-> scaled latents [N,4,32,32] for the prompts; with an adapter, in the labels' poses.

    Every picture starts from noise of its own seed. Unconditional rows see all-ones masks, as the pipeline does."""
    n, size = len(prompts), CONFIG["image_size"]
    context = model["text"](torch.tensor([token_ids("")] * n + [token_ids(p) for p in prompts], device=dev))
    noise = torch.stack([torch.randn(4, size, size, generator=torch.Generator().manual_seed(seed + i)) for i in range(n)])
    features = None
    if "adapter" in model:
        hint = hint_batch(labels)
        cond = masks_of(arm, mask_batch(hint)).view(-1, n, size, size)
        mask = torch.cat([torch.ones_like(cond), cond], 1).flatten(0, 1).to(dev)
        features = [torch.cat([f, f]) for f in features_of(arm, model["adapter"], hint.to(dev))]

    def noise_of(x, t):
        x, t = torch.cat([x, x]), torch.cat([t, t])
        if features is None:
            return model["unet"](x, t, context).chunk(2)
        return predict(arm, model["adapter"], model["unet"], x, t, context, features, mask).chunk(2)

    return ddim(noise_of, noise.to(dev), alphas_cumprod(CONFIG).to(dev), steps, scale)


def decode(latents):
    import json

    vae = shown_vae(latents.device)
    with torch.no_grad():
        return to_pictures(vae.decode(latents / json.loads(SCALE.read_text())["scale_factor"]))


def sample_sheet(path, base_state, adapter_state=None, count=8, scale=4.0, spread=3, arm=STABLE_POSE):
    """Top to bottom: the held-out renders, the pictures made for their captions (and poses), the skeletons."""
    dev = device()
    chosen = held_out(limit=count * spread)[::spread]
    labels, rng = [m for _, m in chosen], np.random.default_rng(5)
    prompts = [caption(m, rng, full=True) for m in labels]
    model = parts(base_state, adapter_state, dev, arm)
    made = decode(generate(model, prompts, labels, scale, dev=dev, arm=arm))
    skeletons = [((h.permute(1, 2, 0).numpy() + 1) * 127.5).astype(np.uint8) for h in hint_batch(labels)]
    rows, width = [], 8
    for i in range(0, len(chosen), width):
        group = [p for p, _ in chosen[i : i + width]], made[i : i + width], skeletons[i : i + width]
        for g in group if adapter_state is not None else group[:2]:
            rows += list(g) + [np.full_like(made[0], 255)] * (width - len(g))
    lines = [wrap(p) for p in prompts]
    labelled = []
    for i in range(0, len(chosen), width):
        blank = [""] * width
        labelled += blank + (lines[i : i + width] + blank)[:width] + (blank if adapter_state is not None else [])
    sheet(rows, width, path, labelled)


def wrap(text, width=42):
    words, lines = text.split(), [""]
    for w in words:
        if len(lines[-1]) + len(w) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {w}".strip()
    return "\n".join(lines)


def trained(what="adapter"):
    """Averaged weights: (base, None) after stage 3, (base, adapter) after stage 4."""
    saved = torch.load(STATE / ("unet" if what == "base" else what) / "state.pt", map_location="cpu", weights_only=False)["ema"]
    return (saved, None) if what == "base" else split(saved)


def main(path, what="adapter"):
    sample_sheet(path, *trained(what), count=16)


if __name__ == "__main__":
    main(*sys.argv[1:])
