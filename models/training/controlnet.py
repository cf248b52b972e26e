"""ControlNet (`control_model.*`, arXiv 2302.05543): a copy of the UNet's encoder, the hint added to its first block."""

import torch.nn as nn

from .blocks import time_embed, timestep_embedding
from .unet import encoder

# Outputs and strides of the published hint encoder; a last convolution that starts at zero gives the UNet's width.
HINT_LAYERS = [(16, 1), (16, 1), (32, 2), (32, 1), (96, 2), (96, 1), (256, 2)]


class ControlNet(nn.Module):
    def __init__(self, p):
        """`hint_layers` in the params replaces the published widths."""
        super().__init__()
        self.model_channels = p["model_channels"]
        self.time_embed = time_embed(self.model_channels)
        self.input_blocks, self.middle_block, widths = encoder(p)
        layers, ch = [], p["hint_channels"]
        for out, stride in p.get("hint_layers", HINT_LAYERS):
            layers += [nn.Conv2d(ch, out, 3, stride=stride, padding=1), nn.SiLU()]
            ch = out
        self.input_hint_block = nn.Sequential(*layers, nn.Conv2d(ch, self.model_channels, 3, padding=1))
        self.zero_convs = nn.ModuleList(nn.Sequential(nn.Conv2d(w, w, 1)) for w in widths)
        self.middle_block_out = nn.Sequential(nn.Conv2d(widths[-1], widths[-1], 1))
        for m in [*self.zero_convs.modules(), *self.middle_block_out.modules(), self.input_hint_block[-1]]:
            if isinstance(m, nn.Conv2d):
                nn.init.zeros_(m.weight)
                nn.init.zeros_(m.bias)

    def features(self, hint):
        """Hint [B,3,H,W] in [0,1] -> [[B,model_channels,H/8,W/8]]. They do not change over the steps."""
        return [self.input_hint_block(hint)]

    def forward(self, x, t, context, features):
        """-> residuals: one per input block, then the middle block's."""
        emb = self.time_embed(timestep_embedding(t, self.model_channels))
        h, residuals = x, []
        for i, (block, zero_conv) in enumerate(zip(self.input_blocks, self.zero_convs)):
            h = block(h, emb, context)
            if i == 0:
                h = h + features[0]
            residuals.append(zero_conv(h))
        residuals.append(self.middle_block_out(self.middle_block(h, emb, context)))
        return residuals
