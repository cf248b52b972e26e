"""Features of Inception (the network of FID) with made-up weights at a sixteenth of its width.

Command: python test/golden/inception.py > test/golden/inception.json
Made with Python 3.11, PyTorch 2.15. With torch-fidelity installed, `python test/golden/inception.py check` compares this
forward pass with its extractor at full width; it printed "largest difference 6.5e-06 on features up to 11.9"."""

import json
import sys

import numpy as np
import torch
import torch.nn.functional as F


def layers(width):
    """(name, out, in, kernel height, kernel width) of every convolution; `width(n)` scales the published n channels."""
    w, out = width, []
    add = lambda name, o, i, kh, kw: out.append((name, w(o), i, kh, kw))
    for name, o, i, k in (("Conv2d_1a_3x3", 32, 3, 3), ("Conv2d_2a_3x3", 32, w(32), 3), ("Conv2d_2b_3x3", 64, w(32), 3), ("Conv2d_3b_1x1", 80, w(64), 1), ("Conv2d_4a_3x3", 192, w(80), 3)):
        add(name, o, i, k, k)
    x = w(192)
    for name, pool in (("Mixed_5b", 32), ("Mixed_5c", 64), ("Mixed_5d", 64)):
        add(f"{name}.branch1x1", 64, x, 1, 1)
        add(f"{name}.branch5x5_1", 48, x, 1, 1), add(f"{name}.branch5x5_2", 64, w(48), 5, 5)
        add(f"{name}.branch3x3dbl_1", 64, x, 1, 1), add(f"{name}.branch3x3dbl_2", 96, w(64), 3, 3), add(f"{name}.branch3x3dbl_3", 96, w(96), 3, 3)
        add(f"{name}.branch_pool", pool, x, 1, 1)
        x = w(64) + w(64) + w(96) + w(pool)
    add("Mixed_6a.branch3x3", 384, x, 3, 3)
    add("Mixed_6a.branch3x3dbl_1", 64, x, 1, 1), add("Mixed_6a.branch3x3dbl_2", 96, w(64), 3, 3), add("Mixed_6a.branch3x3dbl_3", 96, w(96), 3, 3)
    x = w(384) + w(96) + x
    for name, c in (("Mixed_6b", 128), ("Mixed_6c", 160), ("Mixed_6d", 160), ("Mixed_6e", 192)):
        add(f"{name}.branch1x1", 192, x, 1, 1)
        add(f"{name}.branch7x7_1", c, x, 1, 1), add(f"{name}.branch7x7_2", c, w(c), 1, 7), add(f"{name}.branch7x7_3", 192, w(c), 7, 1)
        add(f"{name}.branch7x7dbl_1", c, x, 1, 1), add(f"{name}.branch7x7dbl_2", c, w(c), 7, 1), add(f"{name}.branch7x7dbl_3", c, w(c), 1, 7)
        add(f"{name}.branch7x7dbl_4", c, w(c), 7, 1), add(f"{name}.branch7x7dbl_5", 192, w(c), 1, 7)
        add(f"{name}.branch_pool", 192, x, 1, 1)
        x = 4 * w(192)
    add("Mixed_7a.branch3x3_1", 192, x, 1, 1), add("Mixed_7a.branch3x3_2", 320, w(192), 3, 3)
    add("Mixed_7a.branch7x7x3_1", 192, x, 1, 1), add("Mixed_7a.branch7x7x3_2", 192, w(192), 1, 7)
    add("Mixed_7a.branch7x7x3_3", 192, w(192), 7, 1), add("Mixed_7a.branch7x7x3_4", 192, w(192), 3, 3)
    x = w(320) + w(192) + x
    for name in ("Mixed_7b", "Mixed_7c"):
        add(f"{name}.branch1x1", 320, x, 1, 1), add(f"{name}.branch3x3_1", 384, x, 1, 1)
        add(f"{name}.branch3x3_2a", 384, w(384), 1, 3), add(f"{name}.branch3x3_2b", 384, w(384), 3, 1)
        add(f"{name}.branch3x3dbl_1", 448, x, 1, 1), add(f"{name}.branch3x3dbl_2", 384, w(448), 3, 3)
        add(f"{name}.branch3x3dbl_3a", 384, w(384), 1, 3), add(f"{name}.branch3x3dbl_3b", 384, w(384), 3, 1)
        add(f"{name}.branch_pool", 192, x, 1, 1)
        x = w(320) + 4 * w(384) + w(192)
    return out


def made_up(index, count, gain, offset=0.0):
    """Numbers that any language makes alike: a hash of the place, spread evenly over -gain..gain round the offset."""
    place = np.arange(count, dtype=np.float64) * 12.9898 + index * 78.233
    hashed = np.sin(place) * 43758.5453
    return ((hashed - np.floor(hashed)) * 2 - 1) * gain + offset


def weights(width):
    state = {}
    for n, (name, o, i, kh, kw) in enumerate(layers(width)):
        fan = i * kh * kw
        for k, (key, shape, gain, offset) in enumerate((
            ("conv.weight", (o, i, kh, kw), np.sqrt(6 / fan), 0), ("bn.weight", (o,), 0.3, 1), ("bn.bias", (o,), 0.2, 0),
            ("bn.running_mean", (o,), 0.2, 0), ("bn.running_var", (o,), 0.4, 1),
        )):  # fmt: skip
            state[f"{name}.{key}"] = torch.tensor(made_up(5 * n + k, int(np.prod(shape)), gain, offset).reshape(shape), dtype=torch.float32)
    return state


def resize(x, side=299):
    """TensorFlow 1's bilinear resize, corners not aligned."""
    def taps(size):
        at = torch.arange(side, dtype=torch.float32) * (size / side)
        low = at.floor().long()
        return low, (low + 1).clamp(max=size - 1), at - low
    (y0, y1, fy), (x0, x1, fx) = taps(x.shape[2]), taps(x.shape[3])
    rows = x[:, :, y0] * (1 - fy)[:, None] + x[:, :, y1] * fy[:, None]
    return rows[..., x0] * (1 - fx) + rows[..., x1] * fx


def features(state, picture):
    def layer(x, name, stride=1, valid=False):
        w = state[f"{name}.conv.weight"]
        pad = 0 if valid else (w.shape[2] // 2, w.shape[3] // 2)
        bn = [state[f"{name}.bn.{k}"] for k in ("running_mean", "running_var", "weight", "bias")]
        return F.relu(F.batch_norm(F.conv2d(x, w, stride=stride, padding=pad), *bn, eps=1e-3))

    def chain(x, name, *branches):
        for b in branches:
            x = layer(x, f"{name}.{b}")
        return x

    mean = lambda x: F.avg_pool2d(x, 3, 1, 1, count_include_pad=False)
    most = lambda x: F.max_pool2d(x, 3, 2)
    x = (resize(picture) - 128) / 128
    x = layer(layer(layer(x, "Conv2d_1a_3x3", 2, True), "Conv2d_2a_3x3", valid=True), "Conv2d_2b_3x3")
    x = most(layer(layer(most(x), "Conv2d_3b_1x1"), "Conv2d_4a_3x3", valid=True))
    for n in ("Mixed_5b", "Mixed_5c", "Mixed_5d"):
        x = torch.cat([chain(x, n, "branch1x1"), chain(x, n, "branch5x5_1", "branch5x5_2"),
                       chain(x, n, "branch3x3dbl_1", "branch3x3dbl_2", "branch3x3dbl_3"), layer(mean(x), f"{n}.branch_pool")], 1)  # fmt: skip
    n = "Mixed_6a"
    x = torch.cat([layer(x, f"{n}.branch3x3", 2, True), layer(chain(x, n, "branch3x3dbl_1", "branch3x3dbl_2"), f"{n}.branch3x3dbl_3", 2, True), most(x)], 1)
    for n in ("Mixed_6b", "Mixed_6c", "Mixed_6d", "Mixed_6e"):
        x = torch.cat([chain(x, n, "branch1x1"), chain(x, n, "branch7x7_1", "branch7x7_2", "branch7x7_3"),
                       chain(x, n, *(f"branch7x7dbl_{i}" for i in range(1, 6))), layer(mean(x), f"{n}.branch_pool")], 1)  # fmt: skip
    n = "Mixed_7a"
    x = torch.cat([layer(chain(x, n, "branch3x3_1"), f"{n}.branch3x3_2", 2, True),
                   layer(chain(x, n, "branch7x7x3_1", "branch7x7x3_2", "branch7x7x3_3"), f"{n}.branch7x7x3_4", 2, True), most(x)], 1)  # fmt: skip
    for n, pool in (("Mixed_7b", mean), ("Mixed_7c", lambda x: F.max_pool2d(x, 3, 1, 1))):
        three, double = chain(x, n, "branch3x3_1"), chain(x, n, "branch3x3dbl_1", "branch3x3dbl_2")
        x = torch.cat([chain(x, n, "branch1x1"), layer(three, f"{n}.branch3x3_2a"), layer(three, f"{n}.branch3x3_2b"),
                       layer(double, f"{n}.branch3x3dbl_3a"), layer(double, f"{n}.branch3x3dbl_3b"), layer(pool(x), f"{n}.branch_pool")], 1)  # fmt: skip
    return x.mean((2, 3))


def picture(height, width):
    return torch.tensor(np.floor(made_up(1000, 3 * height * width, 127.5, 127.5)).reshape(1, 3, height, width), dtype=torch.float32)


def check():
    from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

    state = weights(lambda n: n)
    theirs = {**state, "fc.weight": torch.zeros(1008, 2048), "fc.bias": torch.zeros(1008)}
    torch.save(theirs, "/tmp/inception-made-up.pth")
    network = FeatureExtractorInceptionV3("x", ["2048"], feature_extractor_weights_path="/tmp/inception-made-up.pth")
    with torch.no_grad():
        x = picture(256, 192)
        a, b = features(state, x), network(x.to(torch.uint8))[0]
    print("largest difference", float((a - b).abs().max()), "on features up to", float(b.abs().max()))


if sys.argv[1:] == ["check"]:
    check()
else:
    with torch.no_grad():
        tiny = weights(lambda n: max(1, n // 16))
        print(json.dumps({
            "layers": layers(lambda n: max(1, n // 16)),
            "pictures": [{"height": h, "width": w, "features": features(tiny, picture(h, w))[0].tolist()} for h, w in ((256, 256), (64, 448))],
        }))  # fmt: skip
