"""AutoencoderKL (`first_stage_model.*`): picture [B,3,H,W] in [-1,1] <-> latents [B,z,H/f,W/f]."""

import torch
import torch.nn as nn
import torch.nn.functional as F

from .group_norm import GroupNorm


class Block(nn.Module):
    def __init__(self, a, b, groups):
        super().__init__()
        self.norm1 = GroupNorm(groups, a, eps=1e-6)
        self.conv1 = nn.Conv2d(a, b, 3, padding=1)
        self.norm2 = GroupNorm(groups, b, eps=1e-6)
        self.conv2 = nn.Conv2d(b, b, 3, padding=1)
        if a != b:
            self.nin_shortcut = nn.Conv2d(a, b, 1)

    def forward(self, x):
        h = self.conv1(F.silu(self.norm1(x)))
        h = self.conv2(F.silu(self.norm2(h)))
        return (self.nin_shortcut(x) if hasattr(self, "nin_shortcut") else x) + h


class Attention(nn.Module):
    def __init__(self, c, groups):
        super().__init__()
        self.norm = GroupNorm(groups, c, eps=1e-6)
        self.q, self.k, self.v, self.proj_out = (nn.Conv2d(c, c, 1) for _ in range(4))

    def forward(self, x):
        b, c, h, w = x.shape
        y = self.norm(x)

        def tokens(z):
            return z.flatten(2).transpose(1, 2)[:, None]

        out = F.scaled_dot_product_attention(tokens(self.q(y)), tokens(self.k(y)), tokens(self.v(y)))
        return x + self.proj_out(out[:, 0].transpose(1, 2).reshape(b, c, h, w))


class Middle(nn.Module):
    def __init__(self, c, groups):
        super().__init__()
        self.block_1 = Block(c, c, groups)
        self.attn_1 = Attention(c, groups)
        self.block_2 = Block(c, c, groups)

    def forward(self, x):
        return self.block_2(self.attn_1(self.block_1(x)))


class Level(nn.Module):
    def __init__(self, widths, groups):
        super().__init__()
        self.block = nn.ModuleList(Block(a, b, groups) for a, b in zip(widths, widths[1:]))
        self.attn = nn.ModuleList()


class Resample(nn.Module):
    def __init__(self, c, stride):
        super().__init__()
        self.conv = nn.Conv2d(c, c, 3, stride=stride, padding=0 if stride == 2 else 1)


class Encoder(nn.Module):
    def __init__(self, p):
        super().__init__()
        ch, mult, n, g = p["ch"], p["ch_mult"], p["num_res_blocks"], p.get("norm_groups", 32)
        self.conv_in = nn.Conv2d(p["in_channels"], ch, 3, padding=1)
        self.down, c = nn.ModuleList(), ch
        for i, m in enumerate(mult):
            level = Level([c] + [ch * m] * n, g)
            c = ch * m
            if i != len(mult) - 1:
                level.downsample = Resample(c, 2)
            self.down.append(level)
        self.mid = Middle(c, g)
        self.norm_out = GroupNorm(g, c, eps=1e-6)
        self.conv_out = nn.Conv2d(c, p["z_channels"] * 2, 3, padding=1)

    def forward(self, x):
        h = self.conv_in(x)
        for level in self.down:
            for block in level.block:
                h = block(h)
            if hasattr(level, "downsample"):
                # Upstream pads one pixel on the right and at the bottom only.
                h = level.downsample.conv(F.pad(h, (0, 1, 0, 1)))
        return self.conv_out(F.silu(self.norm_out(self.mid(h))))


class Decoder(nn.Module):
    def __init__(self, p):
        super().__init__()
        ch, mult, n, g = p["ch"], p["ch_mult"], p["num_res_blocks"], p.get("norm_groups", 32)
        c = ch * mult[-1]
        self.conv_in = nn.Conv2d(p["z_channels"], c, 3, padding=1)
        self.mid = Middle(c, g)
        ups = []
        for i, m in reversed(list(enumerate(mult))):
            level = Level([c] + [ch * m] * (n + 1), g)
            c = ch * m
            if i != 0:
                level.upsample = Resample(c, 1)
            ups.insert(0, level)
        self.up = nn.ModuleList(ups)
        self.norm_out = GroupNorm(g, c, eps=1e-6)
        self.conv_out = nn.Conv2d(c, p["out_ch"], 3, padding=1)

    def forward(self, z):
        h = self.mid(self.conv_in(z))
        for level in reversed(self.up):
            for block in level.block:
                h = block(h)
            if hasattr(level, "upsample"):
                h = level.upsample.conv(F.interpolate(h, scale_factor=2, mode="nearest"))
        return self.conv_out(F.silu(self.norm_out(h)))


class VAE(nn.Module):
    def __init__(self, p):
        super().__init__()
        dd, embed = p["ddconfig"], p["embed_dim"]
        self.encoder = Encoder(dd)
        self.decoder = Decoder(dd)
        self.quant_conv = nn.Conv2d(dd["z_channels"] * 2, embed * 2, 1)
        self.post_quant_conv = nn.Conv2d(embed, dd["z_channels"], 1)

    def encode(self, image):
        """-> (mean, logvar clamped to -30..20), unscaled."""
        mean, logvar = self.quant_conv(self.encoder(image)).chunk(2, dim=1)
        return mean, logvar.clamp(-30, 20)

    def decode(self, z):
        return self.decoder(self.post_quant_conv(z))

    def forward(self, image):
        mean, logvar = self.encode(image)
        z = mean + torch.exp(0.5 * logvar) * torch.randn_like(mean)
        return self.decode(z), mean, logvar
