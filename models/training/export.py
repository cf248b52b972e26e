"""Last stage: everything the package needs, into one folder.

  python -m models.training.export [OUT] [random]

figurine.safetensors (fp16, upstream's key names), config.json, tokenizer.json, vocabulary.json. `random` writes weights of
the right shapes that say nothing, for wiring tests. The averaged weights are exported."""

import json
import sys
from pathlib import Path

import torch

from .captions import vocabulary
from .checkpoint import build, save_parts
from .config import CONFIG
from .encode import SCALE, shown_vae
from .run_state import STATE
from .sample import trained
from .tokenizer import END, IDS, START, UNKNOWN, tokenizer_json


def trained_states():
    base, adapter = trained()
    return {
        "unet": {k[5:]: v for k, v in base.items() if k.startswith("unet.")},
        "adapter": adapter,
        "vae": shown_vae().state_dict(),
        "text": {k[5:]: v for k, v in base.items() if k.startswith("text.")},
    }


def random_states():
    torch.manual_seed(0)
    states = {}
    for part in ("unet", "adapter", "vae", "text"):
        module = build(part, CONFIG)
        for p in module.parameters():
            if p.ndim > 1 and not p.any():
                torch.nn.init.normal_(p, std=0.02)
        states[part] = module.state_dict()
    return states


def main(out=None, kind="trained"):
    out = Path(out or STATE / "export")
    out.mkdir(parents=True, exist_ok=True)
    config = dict(CONFIG)
    if SCALE.exists():
        scale = json.loads(SCALE.read_text())
        config["scale_factor"], config["latent_to_rgb"] = scale["scale_factor"], scale["latent_to_rgb"]
    config["tokenizer"] = {
        "start": IDS[START], "end": IDS[END], "padding": IDS[END], "unknown": IDS[UNKNOWN], "drop_unknown": True,
    }  # fmt: skip
    states = random_states() if kind == "random" else trained_states()
    tensors = save_parts(states, out / "figurine.safetensors")
    (out / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    (out / "tokenizer.json").write_text(json.dumps(tokenizer_json(), indent=1) + "\n")
    (out / "vocabulary.json").write_text(json.dumps(vocabulary(), indent=1) + "\n")
    size = (out / "figurine.safetensors").stat().st_size / 1e6
    counts = {k: round(sum(v.numel() for v in s.values()) / 1e6, 2) for k, s in states.items()}
    print(f"{len(tensors)} tensors, {size:.1f} MB, M parameters {counts} -> {out}")


if __name__ == "__main__":
    main(*sys.argv[1:])
