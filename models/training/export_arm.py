"""A compared adapter as a file and a config of its own, which open beside the figurine.

  python -m models.training.export_arm ARM [SEED] [OUT]

`ARM.safetensors` (fp16, its authors' key names) and config.json, which says below `training` for how many steps, on how many
rows (a picture is `repeat` of a batch's) and with which seed it was trained; the averaged weights. SEED `random` writes weights of the
right shapes that say nothing, for wiring tests."""

import json
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file

from .arms import ARMS, PREFIX, arm_config, build_arm
from .run_state import STATE


def main(name, seed="0", out=None):
    arm = ARMS[name]
    out = Path(out or STATE / "arms" / "export" / f"{name}-{seed}")
    out.mkdir(parents=True, exist_ok=True)
    module, training = build_arm(arm), {}
    if seed == "random":
        torch.manual_seed(0)
        for p in module.parameters():
            if p.ndim > 1 and not p.any():
                torch.nn.init.normal_(p, std=0.02)
        state = module.state_dict()
    else:
        saved = torch.load(STATE / "arms" / f"{name}-{seed}" / "state.pt", map_location="cpu", weights_only=False)
        state = saved["ema"]
        module.load_state_dict(state)
        training = dict(training=dict(steps=saved["step"], rows=saved["samples"], seed=int(seed)))
    tensors = {PREFIX[arm.kind] + k: v.detach().half().contiguous() for k, v in state.items()}
    save_file(tensors, out / f"{name}.safetensors")
    (out / "config.json").write_text(json.dumps({"name": f"Figurine, {name}", **arm_config(arm), **training}, indent=1) + "\n")
    millions = sum(v.numel() for v in tensors.values()) / 1e6
    print(f"{len(tensors)} tensors, {millions:.2f} million parameters -> {out}")


if __name__ == "__main__":
    main(*sys.argv[1:])
