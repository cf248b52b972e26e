"""The Stable-Pose adapter (`stable_pose_adapter.*`): a copy of the UNet's encoder with the pose injected."""

import torch.nn as nn
import torch.nn.functional as F

from .blocks import time_embed, timestep_embedding
from .pmsa_vit import PmsaViT
from .unet import encoder


class FeatureExtractor(nn.Module):
    """Hint [B,3,H,W] in [-1,1] -> pose features at 1/8, one map per injected layer."""

    def __init__(self, cond_channels, inject_channels):
        super().__init__()
        widths = [(cond_channels, 32, 1), (32, 64, 2), (64, 64, 1), (64, 128, 2), (128, 128, 1)]
        layers = []
        for i, (a, b, stride) in enumerate(widths):
            layers += [nn.Conv2d(a, b, 3, stride=stride, padding=1), nn.SiLU()]
        self.pre_extractor = nn.Sequential(*layers)
        self.extractors, self.zero_convs = nn.ModuleList(), nn.ModuleList()
        ch = 128
        for out in inject_channels:
            self.extractors.append(nn.Sequential(nn.Conv2d(ch, out, 3, stride=2, padding=1), nn.SiLU()))
            self.zero_convs.append(nn.Conv2d(out, out, 3, padding=1))
            ch = out

    def forward(self, hint):
        h, maps = self.pre_extractor(hint), []
        for extractor, zero_conv in zip(self.extractors, self.zero_convs):
            h = extractor(h)
            maps.append(zero_conv(h))
        return maps


class AttentionResBlock(nn.Module):
    """The residual block that looks at the pose: ViT without residual, then pose features added."""

    def __init__(self, channels, emb_channels, out_channels, pose_channels, masks, norm_groups):
        super().__init__()
        assert channels == out_channels, "the injected block keeps its width"
        self.norm_groups = norm_groups
        self.in_layers = nn.Sequential(
            nn.Identity(), nn.SiLU(), nn.Conv2d(channels, out_channels, 3, padding=1)
        )
        self.emb_layers = nn.Sequential(nn.SiLU(), nn.Linear(emb_channels, out_channels))
        self.out_layers = nn.Sequential(
            nn.Identity(), nn.SiLU(), nn.Identity(), nn.Conv2d(out_channels, out_channels, 3, padding=1)
        )
        self.attn_layer = PmsaViT(out_channels, masks)
        self.cond_conv = nn.Conv2d(pose_channels, out_channels, 3, padding=1)

    def forward(self, x, emb, pose_features, mask):
        h = self.in_layers(x) + self.emb_layers(emb)[:, :, None, None]
        h = self.attn_layer(h, mask)
        h = F.group_norm(h, self.norm_groups, eps=1e-5) + self.cond_conv(pose_features)
        return x + self.out_layers(h)


class StablePoseAdapter(nn.Module):
    def __init__(self, p, masks=2):
        super().__init__()
        c = p["model_channels"]
        self.model_channels, self.inject_layers = c, list(p["inject_layers"])
        self.time_embed = time_embed(c)
        self.feature_extractor = FeatureExtractor(p["cond_channels"], p["inject_channels"])

        def injected(index, ch, emb, out):
            if index not in self.inject_layers:
                return None
            pose = p["inject_channels"][self.inject_layers.index(index)]
            return AttentionResBlock(ch, emb, out, pose, masks, p.get("norm_groups", 32))

        self.input_blocks, self.middle_block, widths = encoder(p, injected)
        self.zero_convs = nn.ModuleList(nn.Sequential(nn.Conv2d(w, w, 1)) for w in widths)
        self.middle_block_out = nn.Sequential(nn.Conv2d(widths[-1], widths[-1], 1))
        for m in [*self.zero_convs.modules(), *self.middle_block_out.modules(), *self.feature_extractor.zero_convs]:
            if isinstance(m, nn.Conv2d):
                nn.init.zeros_(m.weight)
                nn.init.zeros_(m.bias)

    def forward(self, x, t, context, hint, mask, features=None):
        """-> residuals: one per input block, then the middle block's.

        `features` takes the feature extractor's maps when they are at hand: they do not change over the steps."""
        emb = self.time_embed(timestep_embedding(t, self.model_channels))
        if features is None:
            features = self.feature_extractor(hint)
        h, residuals = x, []
        for i, (block, zero_conv) in enumerate(zip(self.input_blocks, self.zero_convs)):
            pose = (features[self.inject_layers.index(i)], mask) if i in self.inject_layers else ()
            h = block(h, emb, context, pose)
            residuals.append(zero_conv(h))
        residuals.append(self.middle_block_out(self.middle_block(h, emb, context)))
        return residuals
