"""A tiny ControlNet, T2I-Adapter and UNet of the diffusers library with random weights, and what they give.

pip install torch diffusers==0.35.1 safetensors
python test/golden/control-adapters.py test/golden/control-adapters.safetensors test/golden/published-adapters.json

The first file: weights under diffusers' names behind `controlnet.`, `t2i.` and `unet.`, in float16 that float32 holds exactly;
inputs `in.*` and outputs `out.*`. The second: name and shape of every tensor at the sizes of Stable Diffusion 1, in
diffusers' layout.
"""

import json
import sys

import torch
from diffusers import ControlNetModel, T2IAdapter, UNet2DConditionModel
from safetensors.torch import save_file

torch.manual_seed(4)
sizes = dict(
    block_out_channels=(8, 16),
    layers_per_block=1,
    attention_head_dim=2,
    cross_attention_dim=6,
    norm_num_groups=4,
    down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
)
controlnet = ControlNetModel(**sizes, conditioning_embedding_out_channels=(4, 6, 8, 10))
t2i = T2IAdapter(in_channels=3, channels=[8, 16], num_res_blocks=2, downscale_factor=8, adapter_type="full_adapter")
unet = UNet2DConditionModel(**sizes, sample_size=8, up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"))

tensors = {}
for name, model in dict(controlnet=controlnet, t2i=t2i, unet=unet).items():
    model.eval()
    with torch.no_grad():
        for key, value in model.named_parameters():
            # Zero convolutions too, so that no path is silent; scales of norms stay near one.
            fan_in = value[0].numel() if value.dim() > 1 else 16
            value.copy_((torch.randn_like(value) / fan_in**0.5 + (key.endswith("weight") and value.dim() == 1)).half())
    tensors |= {f"{name}.{key}": value.half().contiguous() for key, value in model.state_dict().items()}

latents = torch.randn(2, 4, 8, 16)
hint = torch.rand(1, 3, 64, 128)
context = torch.randn(2, 5, 6)
timestep = torch.tensor(321)
with torch.no_grad():
    features = controlnet.controlnet_cond_embedding(hint)
    down, middle = controlnet(latents, timestep, context, hint, conditioning_scale=0.75, return_dict=False)
    maps = [0.5 * m for m in t2i(hint)]
    common = dict(timestep=timestep, encoder_hidden_states=context, return_dict=False)
    plain = unet(latents, **common)[0]
    control = dict(down_block_additional_residuals=down, mid_block_additional_residual=middle)
    with_control = unet(latents, **common, **control)[0]
    # diffusers wants a row of features for every row of latents.
    with_maps = unet(latents, **common, down_intrablock_additional_residuals=[m.repeat(2, 1, 1, 1) for m in maps])[0]
    both = unet(
        latents, **common, **control, down_intrablock_additional_residuals=[m.repeat(2, 1, 1, 1) for m in maps]
    )[0]
tensors |= {"in.latents": latents, "in.hint": hint, "in.context": context}
tensors |= {"out.features": features, "out.plain": plain, "out.controlnet": with_control}
tensors |= {"out.t2i": with_maps, "out.both": both}
tensors |= {f"out.residual_{i}": r for i, r in enumerate([*down, middle])}
tensors |= {f"out.encoder_residual_{i}": m for i, m in enumerate(maps)}
save_file({k: v.contiguous() for k, v in tensors.items()}, sys.argv[1])

with torch.device("meta"):
    full = dict(
        controlnet=ControlNetModel(cross_attention_dim=768),
        t2i=T2IAdapter(in_channels=3, channels=[320, 640, 1280, 1280], num_res_blocks=2, adapter_type="full_adapter"),
    )
lines = [
    f"{json.dumps(name)}: {{\n"
    + ",\n".join(f"{json.dumps(k)}: {list(v.shape)}" for k, v in model.state_dict().items())
    + "\n}"
    for name, model in full.items()
]
with open(sys.argv[2], "w") as f:
    f.write("{" + ",\n".join(lines) + "}\n")
