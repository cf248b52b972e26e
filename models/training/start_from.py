"""Going on from released weights: their parts become the state of every stage.  python -m models.training.start_from FOLDER

FOLDER holds `figurine.safetensors` and `config.json` as `export` writes them. Momenta are not in a release: the optimizer
starts anew. Renders and latents are made again (`renderer.produce`, `encode`). What is in $FIGURINE_STATE already stays."""

import json
import sys
from pathlib import Path

import torch

from .checkpoint import load_part
from .config import CONFIG
from .encode import SCALE
from .run_state import STATE

FRESH = dict(spent=0.0, step=0, samples=0, ema_updates=0)


def write(stage, weights):
    path = STATE / stage / "state.pt"
    if path.exists():
        raise SystemExit(f"start_from: expected no {path}, since a run would be lost; move it away, or set $FIGURINE_STATE.")
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save(dict(FRESH, model=weights, ema=weights), path)


def main(folder):
    config = json.loads((Path(folder) / "config.json").read_text())
    parts = {p: load_part(p, CONFIG, Path(folder) / "figurine.safetensors").state_dict() for p in ("vae", "unet", "text", "adapter")}
    base = {f"{part}.{k}": v for part in ("unet", "text") for k, v in parts[part].items()}
    write("vae", parts["vae"])
    write("unet", base)
    write("adapter", {**{f"base.{k}": v for k, v in base.items()}, **{f"adapter.{k}": v for k, v in parts["adapter"].items()}})
    SCALE.parent.mkdir(parents=True, exist_ok=True)
    SCALE.write_text(json.dumps({k: config[k] for k in ("scale_factor", "latent_to_rgb")}, indent=1))


if __name__ == "__main__":
    main(*sys.argv[1:])
