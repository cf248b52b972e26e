"""The eyes as the package holds them: python -m models.training.export_eyes [OUT]

eyes.safetensors (fp16, averaged weights, batch norm folded), config.json; and, beside the TypeScript tests, golden numbers
of a network of random weights when OUT is "golden"."""

import json
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file

from .eyes import EYES_CONFIG, Eyes, decode, folded
from .run_state import STATE

GOLDEN = Path(__file__).resolve().parents[2] / "test/golden/eyes"
GOLDEN_CONFIG = {**EYES_CONFIG, "stem": 4, "levels": [4, 6, 8, 8], "top": [6, 4, 8], "blocks": [1, 2, 1, 1], "matte": 4,
                 "poseSide": 64, "matteSide": 64}  # fmt: skip


def write(out, state, config, dtype=torch.float16):
    out.mkdir(parents=True, exist_ok=True)
    tensors = {k: v.to(dtype).contiguous() for k, v in folded(state).items()}
    save_file(tensors, out / "eyes.safetensors")
    (out / "eyes.safetensors").chmod(0o644)
    (out / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    print(f"{len(tensors)} tensors, {(out / 'eyes.safetensors').stat().st_size / 1e6:.2f} MB -> {out}")
    return tensors


@torch.no_grad()
def golden():
    """A tiny network with every weight random, its batch norms too, run on a picture that a formula gives."""
    torch.manual_seed(5)
    model = Eyes(GOLDEN_CONFIG).eval()
    for name, p in [*model.named_parameters(), *model.named_buffers()]:
        if p.is_floating_point():
            p.copy_(torch.rand_like(p) + 0.5 if "var" in name or "norm.weight" in name else torch.randn_like(p) * 0.25)
    write(GOLDEN, model.state_dict(), GOLDEN_CONFIG, torch.float32)
    i = torch.arange(4 * 64 * 96, dtype=torch.float64)
    x = torch.sin(i * 0.37 + (i * i) * 1e-5).float().view(1, 4, 64, 96)
    x[:, 3] = 0
    x[:, 3, 10:50, 20:70] = 1
    heat, matte = model(x)
    numbers = dict(
        command="python -m models.training.export_eyes golden",
        heat=[round(v, 5) for v in heat.flatten()[::97].tolist()],
        keypoints=[[round(v, 4) for v in k] for k in decode(heat)[0].tolist()],
        matte=[round(v, 5) for v in torch.sigmoid(matte).flatten()[::61].tolist()],
    )
    (GOLDEN / "numbers.json").write_text(json.dumps(numbers) + "\n")


def main(out=None):
    if out == "golden":
        return golden()
    saved = torch.load(STATE / "eyes" / "state.pt", map_location="cpu", weights_only=False)
    print(f"step {saved['step']}, {saved['samples']} windows")
    write(Path(out or STATE / "export" / "eyes"), saved["ema"], EYES_CONFIG)


if __name__ == "__main__":
    main(*sys.argv[1:])
