"""The four parts of a model under Stable Diffusion's key names, in one safetensors file."""

import torch
from safetensors.torch import load_file, save_file

from .adapter import StablePoseAdapter
from .text_encoder import TextEncoder
from .unet import UNet
from .vae import VAE

PREFIX = {
    "unet": "model.diffusion_model.",
    "adapter": "stable_pose_adapter.",
    "vae": "first_stage_model.",
    "text": "cond_stage_model.transformer.text_model.",
}


def build(part, config):
    """A freshly initialised part: 'unet', 'adapter', 'vae' or 'text'."""
    if part == "unet":
        return UNet(config["unet_config"]["params"])
    if part == "adapter":
        return StablePoseAdapter(config["control_config"]["params"], len(config["gaussian_kernels"]))
    if part == "vae":
        return VAE(config["first_stage_config"]["params"])
    return TextEncoder(config["cond_stage_config"])


def load_part(part, config, path):
    """Build a part and load it strictly from a safetensors file."""
    prefix = PREFIX[part]
    module = build(part, config)
    tensors = load_file(path)
    module.load_state_dict(
        {k[len(prefix) :]: v.float() if v.is_floating_point() else v for k, v in tensors.items() if k.startswith(prefix)}
    )
    return module


def save_parts(states, path):
    """states: {part: state dict}; written in fp16, integers as they are."""
    tensors = {}
    for part, state in states.items():
        for k, v in state.items():
            v = v.detach().cpu()
            tensors[PREFIX[part] + k] = (v.half() if v.is_floating_point() else v).contiguous()
    save_file(tensors, path)
    return tensors
