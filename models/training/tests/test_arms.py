"""ControlNet and T2I-Adapter against what the diffusers library gave (test/golden/control-adapters.py), and every arm's shape."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from .. import export_arm
from ..adapter import StablePoseAdapter
from ..arms import ARMS, arm_config, build_arm, features_of, masks_of, predict
from ..config import CONFIG
from ..controlnet import ControlNet
from ..t2i_adapter import T2IAdapter
from ..unet import UNet

GOLDEN = Path(__file__).resolve().parents[3] / "test/golden/control-adapters.safetensors"
SIZES = dict(
    in_channels=4, out_channels=4, model_channels=8, num_res_blocks=1, attention_resolutions=[1], channel_mult=[1, 2],
    num_heads=2, context_dim=6, norm_groups=4,
)  # fmt: skip
RESIDUAL = dict(norm1="in_layers.0", conv1="in_layers.2", time_emb_proj="emb_layers.1", norm2="out_layers.0",
                conv2="out_layers.3", conv_shortcut="skip_connection")  # fmt: skip
MODULES = {
    "time_embedding.linear_1": "time_embed.0", "time_embedding.linear_2": "time_embed.2", "conv_in": "input_blocks.0.0",
    "mid_block.resnets.0": "middle_block.0", "mid_block.attentions.0": "middle_block.1", "mid_block.resnets.1": "middle_block.2",
    "down_blocks.0.resnets.0": "input_blocks.1.0", "down_blocks.0.attentions.0": "input_blocks.1.1",
    "down_blocks.0.downsamplers.0.conv": "input_blocks.2.0.op", "down_blocks.1.resnets.0": "input_blocks.3.0",
    "up_blocks.0.resnets.0": "output_blocks.0.0", "up_blocks.0.resnets.1": "output_blocks.1.0",
    "up_blocks.0.upsamplers.0.conv": "output_blocks.1.1.conv",
    "up_blocks.1.resnets.0": "output_blocks.2.0", "up_blocks.1.attentions.0": "output_blocks.2.1",
    "up_blocks.1.resnets.1": "output_blocks.3.0", "up_blocks.1.attentions.1": "output_blocks.3.1",
    "conv_norm_out": "out.0", "conv_out": "out.2",
    "controlnet_cond_embedding.conv_in": "input_hint_block.0", "controlnet_cond_embedding.conv_out": "input_hint_block.14",
    "controlnet_mid_block": "middle_block_out.0",
    **{f"controlnet_cond_embedding.blocks.{i}": f"input_hint_block.{2 * i + 2}" for i in range(6)},
    **{f"controlnet_down_blocks.{i}": f"zero_convs.{i}.0" for i in range(4)},
    "adapter.conv_in": "conv_in",
    **{f"adapter.body.{i}.resnets.{j}": f"body.{2 * i + j}" for i in range(2) for j in range(2)},
    "adapter.body.1.in_conv": "body.2.in_conv",
}  # fmt: skip


def network(golden, prefix, module):
    state = {}
    for key, value in golden.items():
        if not key.startswith(prefix):
            continue
        key = key[len(prefix) :]
        name = max((n for n in MODULES if key.startswith(n + ".")), key=len)
        rest = key[len(name) + 1 :].split(".")
        if "resnets" in name:
            rest[0] = RESIDUAL.get(rest[0], rest[0])
        state[".".join([MODULES[name], *rest])] = value.float()
    module.load_state_dict(state)
    return module


@pytest.fixture(scope="module")
def golden():
    torch.set_grad_enabled(False)
    return load_file(GOLDEN)


def close(a, b):
    assert (a - b).abs().max() < 1e-5


def test_controlnet_and_t2i_adapter_equal_diffusers(golden):
    hint_layers = [(4, 1), (4, 1), (6, 2), (6, 1), (8, 2), (8, 1), (10, 2)]
    control = network(golden, "controlnet.", ControlNet({**SIZES, "hint_channels": 3, "hint_layers": hint_layers}))
    t2i = network(golden, "t2i.", T2IAdapter(dict(cin=192, channels=[8, 16], nums_rb=2)))
    unet = network(golden, "unet.", UNet(SIZES))
    x, context, t = golden["in.latents"], golden["in.context"], torch.tensor([321, 321])

    features = control.features(golden["in.hint"])
    close(features[0], golden["out.features"])
    residuals = [0.75 * r for r in control(x, t, context, features)]
    for i, residual in enumerate(residuals):
        close(residual, golden[f"out.residual_{i}"])
    maps = [0.5 * m for m in t2i.features(golden["in.hint"])]
    for i, m in enumerate(maps):
        close(m, golden[f"out.encoder_residual_{i}"])

    close(unet(x, t, context), golden["out.plain"])
    close(unet(x, t, context, residuals), golden["out.controlnet"])
    for name, more in (("t2i", None), ("both", residuals)):
        emb, skips, h = unet.encode(x, t, context, maps)
        close(unet.decode(emb, skips, h, context, more), golden[f"out.{name}"])


@pytest.mark.parametrize("name", ARMS)
def test_every_arm_predicts_noise_and_takes_gradients(name):
    torch.set_grad_enabled(True)
    torch.manual_seed(0)
    arm, size = ARMS[name], CONFIG["image_size"]
    unet = UNet(CONFIG["unet_config"]["params"]).requires_grad_(False)
    # The last convolution starts at zero, and nothing would come of anything.
    torch.nn.init.normal_(unet.out[2].weight, std=0.02)
    adapter = build_arm(arm)
    x, context = torch.randn(2, 4, size, size), torch.randn(2, 5, 128)
    hint = torch.rand(2, 3, 8 * size, 8 * size) * 2 - 1
    mask = torch.rand(4, size, size) < 0.3
    features = features_of(arm, adapter, hint)
    noise = predict(arm, adapter, unet, x, torch.tensor([3, 700]), context, features, masks_of(arm, mask))
    assert noise.shape == x.shape
    noise.square().mean().backward()
    assert any(p.grad is not None and p.grad.any() for p in adapter.parameters())
    assert all(p.grad is None for p in unet.parameters())


def test_ablations_change_masks_alone():
    coarse, fine = torch.zeros(1, 2, 2, dtype=torch.bool), torch.ones(1, 2, 2, dtype=torch.bool)
    mask = torch.cat([coarse, fine])
    assert torch.equal(masks_of(ARMS["stable-pose"], mask), mask)
    assert torch.equal(masks_of(ARMS["coarse-only"], mask), torch.cat([coarse, coarse]))
    assert torch.equal(masks_of(ARMS["fine-only"], mask), torch.cat([fine, fine]))
    assert masks_of(ARMS["no-mask"], mask).all()
    assert arm_config(ARMS["fine-only"])["gaussian_kernels"] == [13, 13]
    assert arm_config(ARMS["no-mask"])["pose_masks"] is False
    assert isinstance(build_arm(ARMS["no-mask"]), StablePoseAdapter)


def test_an_exported_arm_says_what_it_was_trained_with(tmp_path, monkeypatch):
    folder = tmp_path / "arms/t2i-adapter-2"
    folder.mkdir(parents=True)
    torch.save(dict(ema=build_arm(ARMS["t2i-adapter"]).state_dict(), step=7, samples=336), folder / "state.pt")
    monkeypatch.setattr(export_arm, "STATE", tmp_path)
    export_arm.main("t2i-adapter", "2", tmp_path / "out")
    config = json.loads((tmp_path / "out/config.json").read_text())
    assert config["training"] == dict(steps=7, rows=336, seed=2)
    export_arm.main("t2i-adapter", "random", tmp_path / "random")
    assert "training" not in json.loads((tmp_path / "random/config.json").read_text())
