"""Stable Diffusion's UNet (`model.diffusion_model.*`), widths and levels from the config."""

import torch
import torch.nn as nn

from .blocks import Downsample, ResBlock, SpatialTransformer, Stage, Upsample, time_embed, timestep_embedding
from .group_norm import GroupNorm


def encoder(p, first_block=None):
    """(input_blocks, middle_block, widths of the skips) for the config's `params`.

    `first_block(index, channels, emb, out)` may replace a residual block (the adapter's injection)."""
    c, groups = p["model_channels"], p.get("norm_groups", 32)
    emb, heads, depth = c * 4, p["num_heads"], p.get("transformer_depth", 1)

    def transformer(ch):
        return SpatialTransformer(ch, p["context_dim"], heads, depth, groups)

    blocks = nn.ModuleList([Stage(nn.Conv2d(p["in_channels"], c, 3, padding=1))])
    widths, ch, ds = [c], c, 1
    for level, mult in enumerate(p["channel_mult"]):
        for _ in range(p["num_res_blocks"]):
            replaced = first_block(len(blocks), ch, emb, mult * c) if first_block else None
            layers = [replaced or ResBlock(ch, emb, mult * c, groups)]
            ch = mult * c
            if ds in p["attention_resolutions"]:
                layers.append(transformer(ch))
            blocks.append(Stage(*layers))
            widths.append(ch)
        if level != len(p["channel_mult"]) - 1:
            blocks.append(Stage(Downsample(ch)))
            widths.append(ch)
            ds *= 2
    middle = Stage(ResBlock(ch, emb, ch, groups), transformer(ch), ResBlock(ch, emb, ch, groups))
    return blocks, middle, widths


class UNet(nn.Module):
    def __init__(self, p):
        super().__init__()
        c, groups = p["model_channels"], p.get("norm_groups", 32)
        self.model_channels = c
        # Input blocks a level, its downsampling included; the first convolution stands before the first level's.
        self.blocks_per_level = p["num_res_blocks"] + 1
        self.time_embed = time_embed(c)
        self.input_blocks, self.middle_block, widths = encoder(p)
        skips, ch = list(widths), widths[-1]
        self.output_blocks = nn.ModuleList()
        levels = list(enumerate(p["channel_mult"]))
        ds = 2 ** (len(levels) - 1)
        for level, mult in reversed(levels):
            for i in range(p["num_res_blocks"] + 1):
                layers = [ResBlock(ch + skips.pop(), c * 4, mult * c, groups)]
                ch = mult * c
                if ds in p["attention_resolutions"]:
                    layers.append(
                        SpatialTransformer(
                            ch, p["context_dim"], p["num_heads"], p.get("transformer_depth", 1), groups
                        )
                    )
                if level and i == p["num_res_blocks"]:
                    layers.append(Upsample(ch))
                    ds //= 2
                self.output_blocks.append(Stage(*layers))
        self.out = nn.Sequential(
            GroupNorm(groups, ch), nn.SiLU(), nn.Conv2d(ch, p["out_channels"], 3, padding=1)
        )
        nn.init.zeros_(self.out[2].weight)
        nn.init.zeros_(self.out[2].bias)

    def encode(self, x, t, context, features=None):
        """`features`: one map a level, added after its last block, and so to the skip (T2I-Adapter)."""
        emb = self.time_embed(timestep_embedding(t, self.model_channels))
        h, skips, per_level = x, [], self.blocks_per_level
        for i, block in enumerate(self.input_blocks):
            h = block(h, emb, context)
            if features is not None and i % per_level == per_level - 1:
                h = h + features[i // per_level]
            skips.append(h)
        return emb, skips, self.middle_block(h, emb, context)

    def decode(self, emb, skips, h, context, residuals=None):
        """Residuals: one per input block, then the middle block's; each is added to what it names."""
        if residuals is not None:
            h = h + residuals[-1]
            skips = [s + r for s, r in zip(skips, residuals[:-1])]
        skips = list(skips)
        for block in self.output_blocks:
            h = block(torch.cat([h, skips.pop()], dim=1), emb, context)
        return self.out(h)

    def forward(self, x, t, context, residuals=None):
        """x [B,4,h,w], t [B], context [B,tokens,context_dim] -> noise prediction [B,4,h,w]."""
        emb, skips, h = self.encode(x, t, context)
        return self.decode(emb, skips, h, context, residuals)
