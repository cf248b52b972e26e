"""The figurine's numbers, in the layout of a Stable Diffusion / Stable-Pose configuration.

Kernels hold upstream's values for 512 pixels; line width, kernels and sigma scale with the picture's short side."""

import json
import sys

from .lexicon import WORDS

IMAGE_SIZE, FACTOR, CONTEXT_TOKENS, TEXT_WIDTH = 256, 8, 48, 128
SPECIAL_TOKENS = 3

SHARED = dict(
    in_channels=4, model_channels=32, num_res_blocks=1, attention_resolutions=[4, 8], channel_mult=[1, 2, 4, 6],
    use_checkpoint=False, num_heads=4, use_spatial_transformer=True, transformer_depth=1, context_dim=TEXT_WIDTH,
    legacy=False, norm_groups=8,
)  # fmt: skip

CONFIG = {
    "name": "Figurine",
    "licence": "Apache-2.0",
    "linear_start": 0.00085,
    "linear_end": 0.012,
    "timesteps": 1000,
    "channels": 4,
    "image_size": IMAGE_SIZE // FACTOR,
    "picture_size": IMAGE_SIZE,
    "conditioning_key": "crossattn",
    "scale_factor": 1.0,
    "gaussian_kernels": [23, 13],
    "gaussian_sigma": 3,
    "line_width": 10,
    "alpha": 5,
    "defaults": {"steps": 20, "guidanceScale": 4.5, "scheduler": "ddim"},
    "control_config": {
        "target": "cldm.stable_pose_cldm.StablePoseAdapter",
        "params": {**SHARED, "cond_channels": 3, "inject_channels": [48], "inject_layers": [1]},
    },
    "unet_config": {
        "target": "cldm.stable_pose_cldm.ControlUNetModel",
        "params": {**SHARED, "image_size": IMAGE_SIZE // FACTOR, "out_channels": 4},
    },
    "first_stage_config": {
        "target": "ldm.models.autoencoder.AutoencoderKL",
        "params": {
            "embed_dim": 4,
            "ddconfig": dict(
                double_z=True, z_channels=4, resolution=IMAGE_SIZE, in_channels=3, out_ch=3, ch=16,
                ch_mult=[1, 2, 4, 4], num_res_blocks=1, attn_resolutions=[], dropout=0.0, norm_groups=8,
            ),
        },
    },
    "cond_stage_config": {
        "kind": "CLIP text transformer (published definition)",
        "vocab": len(WORDS) + SPECIAL_TOKENS, "dim": TEXT_WIDTH, "heads": 4, "mlp": 512, "layers": 3,
        "max_positions": CONTEXT_TOKENS,
    },
}  # fmt: skip

if __name__ == "__main__":
    json.dump(CONFIG, sys.stdout, indent=1)
