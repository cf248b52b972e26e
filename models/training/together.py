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


def flat(g):
    """A dense tensor as one row in memory order, whatever its layout: no copy."""
    return g.as_strided((g.numel(),), (1,))


def average_gradients(module, scale, stop, every_step=True, clip=1.0):
    """Averages over the processes and clips the norm, in place; -> (scale, stop).

    The first process's learning-rate `scale` and its `stop` hold for all. With `every_step` false each process keeps
    its own (see `average_weights`) and only the norm is clipped."""
    grads = [p.grad for p in module.parameters() if p.grad is not None]
    first = RANK == 0
    extra = torch.tensor([scale if first else 0.0, float(stop and first)], device=grads[0].device)
    row = torch.cat([flat(g) for g in grads] + [extra])
    shared = WORLD > 1 and every_step
    if shared:
        dist.all_reduce(row)
        scale, stop = float(row[-2]), float(row[-1]) > 0
    row = row[:-2]
    row *= 1 / WORLD if shared else 1
    row *= min(1.0, clip / (float(row.norm()) + 1e-6))
    at = 0
    for g in grads:
        flat(g).copy_(row[at : at + g.numel()])
        at += g.numel()
    return scale, stop


@torch.no_grad()
def average_weights(module, optimizer, stop):
    """Local steps (Stich 2019): processes that went a few steps alone meet at the mean of weights and momenta; -> stop.

    On cores that others use too, waiting for the slower process at every step costs a quarter of the time."""
    if WORLD == 1:
        return stop
    tensors = [p.data for p in module.parameters() if p.requires_grad]
    tensors += [v for s in optimizer.state.values() for v in s.values() if torch.is_tensor(v) and v.numel() > 1]
    extra = torch.tensor([float(stop and RANK == 0)], device=tensors[0].device)
    row = torch.cat([flat(t) for t in tensors] + [extra])
    dist.all_reduce(row)
    row *= 1 / WORLD
    at = 0
    for t in tensors:
        flat(t).copy_(row[at : at + t.numel()])
        at += t.numel()
    return float(row[-1]) > 0
