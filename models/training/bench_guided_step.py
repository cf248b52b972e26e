"""Times PyTorch on one guided step of Stable Diffusion 1.5 with Stable-Pose at full size, random weights, on the CPU.

The rival in `npm run bench`: python -m models.training.bench_guided_step SIDE STEPS -> one line of JSON."""

import json
import sys
import time

import torch

from .adapter import StablePoseAdapter
from .unet import UNet

SD1 = dict(
    in_channels=4, model_channels=320, num_res_blocks=2, attention_resolutions=[4, 2, 1], channel_mult=[1, 2, 4, 4],
    num_heads=8, transformer_depth=1, context_dim=768,
)  # fmt: skip


@torch.inference_mode()
def main(side=512, steps=2):
    side, steps = int(side), int(steps)
    unet = UNet({**SD1, "out_channels": 4}).eval().to(memory_format=torch.channels_last)
    adapter = StablePoseAdapter({**SD1, "cond_channels": 3, "inject_channels": [192], "inject_layers": [1]}).eval()
    adapter = adapter.to(memory_format=torch.channels_last)
    cells = side // 8
    x = torch.randn(2, 4, cells, cells).contiguous(memory_format=torch.channels_last)
    t, context = torch.full((2,), 901), torch.randn(2, 77, 768)
    # Layer after layer, as the masks of a batch lie; a third of the picture is about the pose.
    mask = (torch.rand(4, cells, cells) < 0.33)
    features = adapter.feature_extractor(torch.rand(1, 3, side, side) * 2 - 1)
    features = [f.expand(2, -1, -1, -1) for f in features]
    seconds, processor = [], []
    for _ in range(steps + 1):
        begin, before = time.perf_counter(), time.process_time()
        unet(x, t, context, adapter(x, t, context, None, mask, features))
        seconds.append(time.perf_counter() - begin)
        processor.append(time.process_time() - before)
    print(json.dumps({"seconds": seconds[1:], "processorSeconds": processor[1:]}))


if __name__ == "__main__":
    main(*sys.argv[1:])
