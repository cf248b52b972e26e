"""Pose-masked self-attention ViT: the adapter's coarse-to-fine attention over 2 x 2 latent patches."""

import torch
import torch.nn as nn
import torch.nn.functional as F

WIDTH, PATCH, HEADS = 128, 2, 8
DIM = WIDTH * PATCH * PATCH


def position_embedding(height, width):
    """sin/cos of both coordinates, [height * width, 512]; omega_i = 10000^(-i/127)."""
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    omega = 1.0 / 10000 ** (torch.arange(DIM // 4) / (DIM // 4 - 1))
    y = y.flatten()[:, None] * omega
    x = x.flatten()[:, None] * omega
    return torch.cat([x.sin(), x.cos(), y.sin(), y.cos()], dim=1)


class Rearrange(nn.Module):
    def forward(self, x):
        b, c, h, w = x.shape
        x = x.view(b, c, h // PATCH, PATCH, w // PATCH, PATCH)
        return x.permute(0, 2, 4, 3, 5, 1).reshape(b, -1, PATCH * PATCH * c)


class MaskedAttention(nn.Module):
    def __init__(self, dim_head):
        super().__init__()
        self.dim_head = dim_head
        self.norm = nn.LayerNorm(DIM)
        self.to_qkv = nn.Linear(DIM, dim_head * HEADS * 3, bias=False)
        self.to_out = nn.Linear(dim_head * HEADS, DIM, bias=False)

    def forward(self, x, tokens_in_pose):
        b, n, _ = x.shape
        qkv = self.to_qkv(self.norm(x)).view(b, n, 3, HEADS, self.dim_head)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        logits = (q * self.dim_head**-0.5) @ k.transpose(-1, -2)
        if tokens_in_pose is not None:
            # A pair may attend when either token lies in the pose. Upstream fills the others with the
            # smallest logit of the whole tensor, not with -inf: masked pairs keep a little weight.
            allowed = tokens_in_pose[:, None, :, None] | tokens_in_pose[:, None, None, :]
            logits = torch.where(allowed, logits, logits.detach().min())
        out = logits.softmax(dim=-1) @ v
        return self.to_out(out.transpose(1, 2).reshape(b, n, -1))


class MLP(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.LayerNorm(DIM), nn.Linear(DIM, DIM), nn.GELU(), nn.Linear(DIM, DIM))

    def forward(self, x):
        return self.net(x)


class Transformer(nn.Module):
    def __init__(self, depth, dim_head):
        super().__init__()
        self.layers = nn.ModuleList(nn.ModuleList([MaskedAttention(dim_head), MLP()]) for _ in range(depth))


class PmsaViT(nn.Module):
    """One transformer layer per pose mask, coarse kernel first."""

    def __init__(self, channels, masks):
        super().__init__()
        self.to_patch_embedding = nn.Sequential(
            nn.Conv2d(channels, WIDTH, 3, padding=1),
            Rearrange(),
            nn.LayerNorm(DIM),
            nn.Linear(DIM, DIM),
            nn.LayerNorm(DIM),
        )
        self.transformer = Transformer(masks, channels // HEADS)
        self.to_out = nn.Sequential(nn.Identity(), nn.Conv2d(WIDTH, channels, 3, padding=1))

    def forward(self, x, mask):
        """x [B,C,h,w]; mask [K*B,h,w], row l*B+b is kernel l of picture b, or None."""
        b, _, height, width = x.shape
        h, w = height // PATCH, width // PATCH
        x = self.to_patch_embedding(x) + position_embedding(h, w).to(x)
        if mask is not None:
            in_pose = F.max_pool2d(mask.float()[:, None], PATCH)[:, 0].flatten(1) > 0
        for level, (attention, mlp) in enumerate(self.transformer.layers):
            rows = None if mask is None else in_pose[level * b : (level + 1) * b]
            x = x + attention(x, rows)
            x = x + mlp(x)
        x = x.view(b, h, w, PATCH, PATCH, WIDTH).permute(0, 5, 1, 3, 2, 4).reshape(b, WIDTH, height, width)
        return self.to_out(x)
