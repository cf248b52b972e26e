"""The PyTorch modules against the reference vectors of the TypeScript conformance set."""

import json
import os
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from ..checkpoint import PREFIX, load_part
from ..pose_masks import pose_mask
from ..skeleton import draw_skeleton

ROOT = Path(
    os.environ.get("STABLE_POSE_REFERENCE")
    or Path(__file__).resolve().parents[3] / "test/conformance/reference"
)
TINY = ROOT / "model/tiny.safetensors"
pytestmark = pytest.mark.skipif(not TINY.exists(), reason=f"no reference vectors in {ROOT}")
torch.set_grad_enabled(False)


def config():
    return json.loads((ROOT / "model/config.json").read_text())


def vectors(name):
    return load_file(ROOT / name)


def hints():
    pictures = [cv2.imread(str(ROOT / f"01_skeleton/{n}.dataset.png"))[..., ::-1] for n in ("arms_two", "front")]
    return torch.tensor(np.stack(pictures).transpose(0, 3, 1, 2) / 255 * 2 - 1).float()


def close(a, b, tolerance):
    assert (a.double() - b.double()).abs().max().item() < tolerance


def test_every_key_of_the_tiny_model_belongs_to_one_part():
    keys = [k for k in load_file(TINY) if "." in k]
    assert all(any(k.startswith(p) for p in PREFIX.values()) for k in keys)


def test_text_encoder():
    v = vectors("08_clip/clip.safetensors")
    close(load_part("text", config(), TINY)(v["ids"]), v["last_hidden_state"], 1e-4)


def test_vae():
    v = vectors("07_vae/vae.safetensors")
    vae = load_part("vae", config(), TINY)
    mean, logvar = vae.encode(v["image"])
    close(mean, v["mean"], 1e-4)
    close(logvar, v["logvar"], 1e-4)
    close(vae.decode(v["z"]), v["decoded"], 1e-4)


def test_adapter_and_unet():
    v, e = vectors("05_adapter/adapter.safetensors"), vectors("06_unet/unet.safetensors")
    adapter, unet = load_part("adapter", config(), TINY), load_part("unet", config(), TINY)
    for mask, name in [(v["mask.cond"], "eps.adapter"), (None, "eps.adapter_mask_none")]:
        residuals = adapter(v["x"], v["t"], v["context"], hints(), mask)
        if mask is not None:
            close(residuals[0][:, ::4], v["residual.0.every4th_channel"], 1e-4)
            for i in range(1, 5):
                close(residuals[i], v[f"residual.{i}"], 1e-4)
        close(unet(v["x"], v["t"], v["context"], residuals), e[name], 2e-4)
    close(unet(v["x"], v["t"], v["context"]), e["eps.plain"], 1e-4)


def test_masks():
    v = vectors("02_masks/masks.safetensors")
    for k in (23, 13):
        masks = pose_mask(hints(), k, 3)
        for name, mask in zip(("arms_two", "front"), masks):
            assert torch.equal(mask, v[f"{name}.eval.k{k}"].bool())


def test_skeleton():
    cases = json.loads((ROOT / "01_skeleton/cases.json").read_text())["cases"]
    for case in cases:
        if case["name"] in ("front", "arms_two", "trio", "side", "rear", "crop_wide"):
            want = cv2.imread(str(ROOT / f"01_skeleton/{case['name']}.eval.png"))[..., ::-1]
            assert np.array_equal(draw_skeleton(case["scaled_pose"], 512), want), case["name"]
