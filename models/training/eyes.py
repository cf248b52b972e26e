"""The eyes: one small network that sees keypoints (heat maps) and people (a soft matte) in a picture.

A U of plain 3 x 3 convolutions, batch norm and ReLU; batch norm is folded into the convolutions on export. Input: RGB in
[-1,1] and a fourth channel that says who is meant: 1 inside the asked person's box, 0 elsewhere (0 everywhere: everyone,
for the matte alone). Sides are multiples of 32. Outputs: heat-map logits [B,17,H/4,W/4], matte logits [B,1,H,W].

A keypoint's probabilities are the softmax over its heat map and one cell more, "nowhere", whose logit is 0."""

import torch
import torch.nn as nn
import torch.nn.functional as F

KEYPOINTS, HEAT_STRIDE, MULTIPLE = 17, 4, 32
# Side of the square crop that keypoints are looked for in, and the long side that mattes are made at.
POSE_SIDE, MATTE_SIDE = 192, 256
EYES_CONFIG = {
    "stem": 16, "levels": [32, 64, 96, 96], "blocks": [1, 2, 2, 2], "top": [48, 64, 96], "matte": 16,
    "poseSide": POSE_SIDE, "matteSide": MATTE_SIDE, "boxMargin": 0.12, "cropMargin": 0.25, "window": 2,
}  # fmt: skip


class Conv(nn.Module):
    """Convolution, batch norm, ReLU."""

    def __init__(self, from_, to, kernel=3, stride=1):
        super().__init__()
        self.conv = nn.Conv2d(from_, to, kernel, stride, kernel // 2, bias=False)
        self.norm = nn.BatchNorm2d(to, momentum=0.02)

    def forward(self, x):
        return F.relu(self.norm(self.conv(x)), inplace=True)


class Level(nn.Module):
    """Half the size, then `blocks` convolutions with a skip round each."""

    def __init__(self, from_, to, blocks):
        super().__init__()
        self.down = Conv(from_, to, stride=2)
        self.blocks = nn.ModuleList(Conv(to, to) for _ in range(blocks))

    def forward(self, x):
        x = self.down(x)
        for block in self.blocks:
            x = x + block(x)
        return x


class Up(nn.Module):
    """Twice the size, joined by addition with what the way down saw at that size, then a convolution."""

    def __init__(self, from_, beside, to):
        super().__init__()
        self.reduce = Conv(from_, to, kernel=1)
        self.beside = nn.Conv2d(beside, to, 1)
        self.mix = Conv(to, to)

    def forward(self, x, beside):
        x = F.interpolate(self.reduce(x), scale_factor=2.0, mode="nearest") + self.beside(beside)
        return x + self.mix(x)


class Eyes(nn.Module):
    def __init__(self, config=EYES_CONFIG):
        super().__init__()
        widths, top = config["levels"], config["top"]
        self.stem = Conv(4, config["stem"], stride=2)
        self.down = nn.ModuleList(
            Level(a, b, n) for a, b, n in zip([config["stem"], *widths[:-1]], widths, config["blocks"])
        )
        above = [*top[1:], widths[-1]]
        self.up = nn.ModuleList(Up(above[i], widths[i], top[i]) for i in range(len(top)))
        self.heat = nn.Conv2d(top[0], KEYPOINTS, 1)
        self.edge = Up(top[0], config["stem"], config["matte"])
        self.matte = nn.Conv2d(config["matte"], 4, 3, padding=1)
        nn.init.zeros_(self.heat.weight)
        nn.init.zeros_(self.heat.bias)

    def forward(self, x):
        fine = x = self.stem(x)
        seen = []
        for level in self.down:
            x = level(x)
            seen.append(x)
        for i in reversed(range(len(self.up))):
            x = self.up[i](x, seen[i])
        return self.heat(x), F.pixel_shuffle(self.matte(self.edge(x, fine)), 2)


def folded(state):
    """State dict with every batch norm folded into the convolution before it: what is exported."""
    out = {}
    for key, value in state.items():
        if ".norm." in key:
            continue
        stem = key[: -len("conv.weight")]
        if key.endswith("conv.weight") and stem + "norm.weight" in state:
            scale = state[stem + "norm.weight"] / torch.sqrt(state[stem + "norm.running_var"] + 1e-5)
            out[stem + "weight"] = value * scale[:, None, None, None]
            out[stem + "bias"] = state[stem + "norm.bias"] - state[stem + "norm.running_mean"] * scale
        else:
            out[key] = value
    return out


def probabilities(heat):
    """Heat-map logits [B,K,h,w] -> probabilities of the cells [B,K,h,w]; what is missing to 1 is "nowhere"."""
    b, k, h, w = heat.shape
    flat = torch.cat([heat.flatten(2), heat.new_zeros(b, k, 1)], 2)
    return flat.softmax(2)[..., :-1].view(b, k, h, w)


def decode(heat, window=EYES_CONFIG["window"]):
    """-> [B,17,3] of (x, y) in pixels of the crop and confidence.

    The peak is the cell whose 3 x 3 neighbourhood holds most; the place is the mean of the (2 window + 1) square round
    it, the confidence the probability inside that square."""
    p = probabilities(heat)
    b, k, h, w = p.shape
    near = F.avg_pool2d(p, 3, 1, 1, count_include_pad=True).flatten(2)
    peak = near.argmax(2)
    py, px = peak // w, peak % w
    ys, xs = torch.arange(h), torch.arange(w)
    iny = ((ys[None, None] - py[..., None]).abs() <= window).float()
    inx = ((xs[None, None] - px[..., None]).abs() <= window).float()
    local = p * iny[..., None] * inx[..., None, :]
    mass = local.sum((2, 3))
    x = (local.sum(2) * (xs + 0.5)).sum(2) / mass.clamp_min(1e-9)
    y = (local.sum(3) * (ys + 0.5)).sum(2) / mass.clamp_min(1e-9)
    return torch.stack([x * HEAT_STRIDE, y * HEAT_STRIDE, mass], 2)
