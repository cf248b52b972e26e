"""Pose masks: where the blurred skeleton lies, coarse kernel first."""

import torch
import torch.nn.functional as F


def gaussian_kernel(size, sigma):
    x = torch.arange(size, dtype=torch.float32) - (size - 1) / 2
    k = torch.exp(-0.5 * (x / sigma) ** 2)
    return k / k.sum()


def scaled_kernel(kernel, short_side):
    """Upstream's kernel for 512 pixels, as the odd number nearest to its share of `short_side`."""
    return 2 * round((kernel * short_side / 512 - 1) / 2) + 1


def pose_mask(hint, kernel, sigma, cell=8, threshold=-0.99):
    """hint [B,3,H,W] in [-1,1] -> bool [B,H/cell,W/cell]: any pixel of any channel above the threshold.

    The brightest channel decides, but each channel is blurred on its own as upstream does."""
    k = gaussian_kernel(kernel, sigma).to(hint)
    b, c, h, w = hint.shape
    r = kernel // 2
    x = F.pad(hint, (r, r, r, r), mode="reflect").reshape(b * c, 1, h + 2 * r, w + 2 * r)
    x = F.conv2d(x, k.view(1, 1, 1, -1))
    x = F.conv2d(x, k.view(1, 1, -1, 1)).view(b, c, h, w)
    return (F.max_pool2d(x, cell) > threshold).any(dim=1)


def pose_masks(hint, kernels, sigma):
    """bool [K*B,H/8,W/8], row l*B+b is kernel l of picture b: the adapter's layout."""
    return torch.cat([pose_mask(hint, k, sigma) for k in kernels])
