"""From labels to what the networks read: hint pictures, pose masks, token ids."""

import numpy as np
import torch

from .config import CONFIG, IMAGE_SIZE
from .pose_masks import pose_masks, scaled_kernel
from .skeleton import draw_skeleton

KERNELS = [scaled_kernel(k, IMAGE_SIZE) for k in CONFIG["gaussian_kernels"]]
SIGMA = CONFIG["gaussian_sigma"] * IMAGE_SIZE / 512


def hint_batch(labels, rng=None, drop_hidden=0.1):
    """Labels -> hint [B,3,256,256] in [-1,1]. With `rng`, hidden joints (visibility 1) go missing at `drop_hidden`.

    Joints beyond the frame are drawn at their true place and cut by the border."""
    pictures = []
    for meta in labels:
        persons = []
        for person in meta["persons"]:
            joints = []
            for x, y, v in person["keypoints"]:
                gone = rng is not None and v < 2 and rng.random() < drop_hidden
                known = v > 0 or x != 0 or y != 0
                joints.append((x, y, 1.0 if known and not gone else 0.0))
            persons.append(joints)
        pictures.append(draw_skeleton(persons, IMAGE_SIZE))
    x = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float() / 255 * 2 - 1
    return x.contiguous(memory_format=torch.channels_last)


def mask_batch(hint):
    """bool [2*B,32,32], coarse masks of the whole batch first."""
    return pose_masks(hint, KERNELS, SIGMA)
