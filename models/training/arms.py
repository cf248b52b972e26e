"""What is compared on one frozen base: Stable-Pose, its rivals, and itself with a part taken out.

Every arm has the same data, steps, batch and learning rates; its hint encoder starts from nothing. All look at Stable-Pose's
skeletons, the rivals in [0,1] as they were published."""

from dataclasses import dataclass

import torch

from .adapter import StablePoseAdapter
from .config import CONFIG, SHARED
from .controlnet import ControlNet
from .t2i_adapter import PATCH, T2IAdapter


@dataclass(frozen=True)
class Arm:
    kind: str = "stable-pose"
    """stable-pose, controlnet or t2i-adapter"""
    masks: str = "coarse-to-fine"
    """What Stable-Pose's attention sees: coarse-to-fine, coarse or fine in both layers, or none (all ones)."""
    weighted: bool = True
    """Whether errors inside the finest mask weigh alpha."""


ARMS = {
    "stable-pose": Arm(),
    "controlnet": Arm(kind="controlnet", weighted=False),
    "t2i-adapter": Arm(kind="t2i-adapter", weighted=False),
    "no-mask": Arm(masks="none"),
    "coarse-only": Arm(masks="coarse"),
    "fine-only": Arm(masks="fine"),
    "plain-loss": Arm(weighted=False),
}

# Keys of an exported adapter: its authors'.
PREFIX = {"stable-pose": "stable_pose_adapter.", "controlnet": "control_model.", "t2i-adapter": ""}


def arm_config(arm, config=CONFIG):
    """A config for the arm's adapter alone, in the layout that opens it."""
    coarse, fine = config["gaussian_kernels"]
    kept = {k: config[k] for k in ("licence", "picture_size", "gaussian_kernels", "gaussian_sigma", "line_width", "alpha")}
    if arm.kind == "stable-pose":
        kernels = {"coarse": [coarse, coarse], "fine": [fine, fine]}.get(arm.masks, [coarse, fine])
        masks = {"pose_masks": False} if arm.masks == "none" else {}
        return {**kept, "gaussian_kernels": kernels, **masks, "control_config": config["control_config"]}
    hint = {"hint_drawing": "stable-pose", "hint_range": [0, 1]}
    if arm.kind == "controlnet":
        section = {"target": "cldm.cldm.ControlNet", "params": {**SHARED, "hint_channels": 3}}
    else:
        widths = [SHARED["model_channels"] * m for m in SHARED["channel_mult"]]
        section = {
            "target": "ldm.modules.encoders.adapter.Adapter",
            "params": dict(cin=3 * PATCH**2, channels=widths, nums_rb=2, ksize=1, sk=True, use_conv=False),
        }
    return {**kept, **hint, "control_config": section}


def build_arm(arm):
    """A freshly initialised adapter."""
    p = arm_config(arm)["control_config"]["params"]
    if arm.kind == "controlnet":
        return ControlNet(p)
    return T2IAdapter(p) if arm.kind == "t2i-adapter" else StablePoseAdapter(p)


def features_of(arm, adapter, hint):
    """What does not change over the steps. `hint` is [B,3,H,W] in [-1,1]."""
    if arm.kind == "stable-pose":
        return adapter.feature_extractor(hint)
    return adapter.features((hint + 1) / 2)


def masks_of(arm, mask):
    """mask bool [2*B,h,w], coarse first -> what the attention layers see."""
    coarse, fine = mask.chunk(2)
    if arm.masks == "none":
        return torch.ones_like(mask)
    return {"coarse": torch.cat([coarse, coarse]), "fine": torch.cat([fine, fine])}.get(arm.masks, mask)


def predict(arm, adapter, unet, x, t, context, features, mask):
    """The base's noise prediction with what the arm adds. Only a T2I-Adapter needs gradients through the base's encoder."""
    if arm.kind == "t2i-adapter":
        return unet.decode(*unet.encode(x, t, context, features), context)
    with torch.no_grad():
        emb, skips, h = unet.encode(x, t, context)
    if arm.kind == "controlnet":
        residuals = adapter(x, t, context, features)
    else:
        residuals = adapter(x, t, context, None, mask, features)
    return unet.decode(emb, skips, h, context, residuals)
