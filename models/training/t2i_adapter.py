"""T2I-Adapter (`body.*`, `conv_in.*`, arXiv 2302.08453): feature maps of the hint, one a level, added inside the UNet's encoder.

The full one as published for OpenPose skeletons: kernels of 1 beside those of 3, levels entered by the mean of 2 x 2 cells."""

import torch.nn as nn
import torch.nn.functional as F

PATCH = 8


class Block(nn.Module):
    def __init__(self, channels, out_channels):
        super().__init__()
        self.in_conv = nn.Conv2d(channels, out_channels, 1) if channels != out_channels else None
        self.block1 = nn.Conv2d(out_channels, out_channels, 3, padding=1)
        self.block2 = nn.Conv2d(out_channels, out_channels, 1)

    def forward(self, x):
        if self.in_conv is not None:
            x = self.in_conv(x)
        return x + self.block2(F.relu(self.block1(x)))


class T2IAdapter(nn.Module):
    def __init__(self, p):
        super().__init__()
        channels, self.blocks = p["channels"], p["nums_rb"]
        self.conv_in = nn.Conv2d(p["cin"], channels[0], 3, padding=1)
        befores = [channels[0], *channels]
        self.body = nn.ModuleList(
            Block(befores[level] if block == 0 else width, width)
            for level, width in enumerate(channels)
            for block in range(self.blocks)
        )

    def features(self, hint):
        """Hint [B,3,H,W] in [0,1] -> feature maps at 1/8, 1/16, ... They depend on neither noise nor time."""
        x, maps = self.conv_in(F.pixel_unshuffle(hint, PATCH)), []
        for i, block in enumerate(self.body):
            if i and i % self.blocks == 0:
                x = F.avg_pool2d(x, 2)
            x = block(x)
            if i % self.blocks == self.blocks - 1:
                maps.append(x)
        return maps
