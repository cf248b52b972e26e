"""Stage 2: every render once through the frozen encoder; latents beside the renders' labels.

  python -m models.training.encode [watch]

Writes latents-XXXXX.npy (fp16 [N,8,32,32], mean | log variance, unscaled) into $FIGURINE_STATE/latents/<folder>/, and after the first
shards scale.json: scale_factor = 1 / std, and the linear map from scaled latents to RGB used for previews."""

import json
import sys
import time

import numpy as np
import torch

from .checkpoint import build
from .config import CONFIG
from .dataset import shard_names
from .run_state import STATE, device, half_precision
from .together import RANK, WORLD

LATENTS = STATE / "latents"
SCALE = LATENTS / "scale.json"


def frozen_vae(dev=None, stage="vae"):
    """The averaged weights of a stage: `vae`, whose encoder made the latents, or `decoder`, whose decoder has learnt on."""
    vae = build("vae", CONFIG)
    vae.load_state_dict(torch.load(STATE / stage / "state.pt", map_location="cpu", weights_only=False)["ema"])
    return vae.to(dev or "cpu", memory_format=torch.channels_last).eval().requires_grad_(False)


def shown_vae(dev=None):
    """The autoencoder that shows pictures and is released: stage 4b's if there is one."""
    return frozen_vae(dev, "decoder" if (STATE / "decoder" / "state.pt").exists() else "vae")


@torch.no_grad()
def encode_pictures(vae, images, dev):
    rows = []
    for i in range(0, len(images), 16):
        x = torch.from_numpy(np.array(images[i : i + 16])).to(dev).permute(0, 3, 1, 2).float() / 127.5 - 1
        with half_precision(dev):
            mean, logvar = vae.encode(x.contiguous(memory_format=torch.channels_last))
        rows.append(torch.cat([mean, logvar], 1).half().cpu().numpy())
    return np.concatenate(rows)


def fit_scale(images, latents):
    """scale_factor, and least squares from scaled latents to 32 x 32 averaged pixels in [-1,1]."""
    mean = latents[:, :4].astype(np.float32)
    scale = float(1 / mean.std())
    n, _, h, w = mean.shape
    f = images.shape[1] // h
    small = images.reshape(n, h, f, w, f, 3).astype(np.float32).mean((2, 4)) / 127.5 - 1
    x = (mean * scale).transpose(0, 2, 3, 1).reshape(-1, 4)
    x = np.concatenate([x, np.ones((len(x), 1), np.float32)], 1)
    solution, *_ = np.linalg.lstsq(x, small.reshape(-1, 3), rcond=None)
    error = float(np.abs(x @ solution - small.reshape(-1, 3)).mean())
    return {
        "scale_factor": scale,
        "latent_to_rgb": {
            "matrix": [[round(float(v), 5) for v in row] for row in solution[:4]],
            "bias": [round(float(v), 5) for v in solution[4]],
            "mean_error": round(error, 4),
        },
    }


def main(mode=None):
    dev = device()
    vae = frozen_vae(dev)
    while True:
        for folder, number in shard_names()[RANK::WORLD]:
            out = LATENTS / folder.name / f"latents-{number}.npy"
            if out.exists():
                continue
            images = np.load(folder / f"images-{number}.npy", mmap_mode="r")
            started = time.time()
            latents = encode_pictures(vae, images, dev)
            out.parent.mkdir(parents=True, exist_ok=True)
            np.save(out.with_suffix(".part.npy"), latents)
            out.with_suffix(".part.npy").replace(out)
            print(folder.name, number, f"{len(images) / (time.time() - started):.1f} pictures/s", flush=True)
            if not SCALE.exists():
                SCALE.write_text(json.dumps(fit_scale(np.array(images), latents), indent=1))
                print(SCALE.read_text())
        if mode != "watch":
            return
        time.sleep(10)


if __name__ == "__main__":
    main(*sys.argv[1:])
