"""Several processes on one model: each takes its share of the batch, gradients are averaged.

On a few shared CPU cores, one single-threaded process a core beats threads that wait for each other. Started by
`torchrun --nproc-per-node N -m models.training.train_unet`; alone it does nothing."""

import os

import torch
import torch.distributed as dist

RANK, WORLD = int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))


def join():
    if WORLD > 1:
        dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo")


def average_gradients(module, scale, stop):
    """Averages in place. The first process's learning-rate `scale` and anybody's `stop` hold for all."""
    if WORLD == 1:
        return scale, stop
    grads = [p.grad for p in module.parameters() if p.grad is not None]
    first = RANK == 0
    extra = torch.tensor([scale * WORLD if first else 0.0, float(stop and first)], device=grads[0].device)
    flat = torch.cat([g.reshape(-1) for g in grads] + [extra])
    dist.all_reduce(flat)
    flat /= WORLD
    at = 0
    for g in grads:
        g.copy_(flat[at : at + g.numel()].view_as(g))
        at += g.numel()
    return float(flat[-2]), float(flat[-1]) > 0
