"""Stage 1: the autoencoder on crops of renders.  python -m models.training.train_vae [cpu|gpu]

The latents are halved at times and the decoder must show the halved picture (equivariance, after EQ-VAE, Kouzelis et
al. 2025): smoother latents. Mirroring is not asked for: it would forbid the few channels to tell a left edge from a right one."""

import sys

import numpy as np
import torch
import torch.nn.functional as F

from .checkpoint import build
from .config import CONFIG, FACTOR
from .dataset import Pictures, held_out
from .encode import frozen_vae
from .learner import Learner
from .muon import Muon
from .run_state import Ema, Run, device, half_precision, preset
from .sheet import sheet, to_pictures
from .together import RANK, join


def edges(x):
    return x[..., 1:] - x[..., :-1], x[..., 1:, :] - x[..., :-1, :]


def opponent(x):
    """Brightness, red-green and blue-yellow: grey pictures are a cheap local minimum otherwise."""
    r, g, b = x.unbind(1)
    return torch.stack([(r + g + b) / 3, r - g, b - (r + g) / 2], 1)


def difference(guess, target, weight):
    """L1 at four scales in opponent colours, plus L1 of the gradients (sharp contours) at the finest two, weighted by pixel."""
    loss, a, b = 0.0, guess, target
    for scale in range(4):
        if scale:
            a, b, weight = (F.avg_pool2d(x, 2) for x in (a, b, weight))
        loss = loss + (0.5 if scale else 1.0) * ((opponent(a) - opponent(b)).abs() * weight).mean()
        if scale < 2:
            weights = (weight[..., 1:], weight[..., 1:, :])
            loss = loss + sum(((p - q).abs() * w).mean() for p, q, w in zip(edges(a), edges(b), weights))
    return loss


def averaged_colours(x):
    return F.avg_pool2d(x, FACTOR)


def batch(pictures, rng, p, dev):
    """Pictures and weights of random windows, mirrored at times."""
    crops = np.stack([pictures.crop(rng, p["crop"]) for _ in range(p["batch"])])
    if rng.random() < 0.5:
        crops = np.ascontiguousarray(crops[:, :, ::-1])
    return weighted(crops, p["people"], dev)


def weighted(cuts, people, dev):
    """[B,H,W,4] uint8 -> pictures [B,3,H,W] in [-1,1]; weights [B,1,H,W] of mean 1, `people` times higher on people than beside."""
    x = torch.from_numpy(cuts).to(dev).permute(0, 3, 1, 2).float() / 127.5 - 1
    weight = 1 + (people - 1) * (x[:, 3:] + 1) / 2
    return x[:, :3].contiguous(memory_format=torch.channels_last), weight / weight.mean()


def main(machine="cpu"):
    join()
    p, dev = preset(machine, "train_vae"), device()
    torch.manual_seed(2)
    vae = build("vae", CONFIG).to(dev, memory_format=torch.channels_last)
    # Reads the cell's mean colour from the latents: pulls colour into them early, fades out, is thrown away.
    preview = torch.nn.Conv2d(4, 3, 1).to(dev)
    optimizer, ema = Muon([*vae.named_parameters(), *preview.named_parameters("preview")], p["lr_muon"], p["lr_adamw"]), Ema(vae, p["ema"])
    run = Run("vae", p["minutes"], p.get("checkpoint_minutes", 4))

    def restore(saved):
        vae.load_state_dict(saved["model"])
        ema.state, ema.updates = saved["ema"], saved["ema_updates"]
        if "preview" in saved:
            preview.load_state_dict(saved["preview"])
            optimizer.load_state_dict(saved["optimizer"])

    run.resume(restore)
    learning = torch.nn.ModuleDict(dict(vae=vae, preview=preview))
    pictures, rng = Pictures(), np.random.default_rng([run.step, RANK])
    torch.manual_seed(run.step * 64 + RANK)

    def save():
        pictures.refresh()
        if RANK:
            return
        state = dict(model=vae.state_dict(), ema=ema.state, ema_updates=ema.updates, preview=preview.state_dict())
        run.save(**state, optimizer=optimizer.state_dict())
        sample(frozen_vae(), run.folder / f"sheet-{run.step:06d}.png")

    learner = Learner(learning, optimizer, ema, run, p, save, vae)
    while not learner.stop:
        x, weight = batch(pictures, rng, p, dev)
        with half_precision(dev):
            mean, logvar = (y.float() for y in vae.encode(x))
        z = mean + torch.exp(0.5 * logvar) * torch.randn_like(mean)
        colour = (preview(z) - averaged_colours(x)).abs().mean()
        target = x
        if rng.random() < 0.12:
            z, target, weight = (F.avg_pool2d(y, 2) for y in (z, x, weight))
        with half_precision(dev):
            guess = vae.decode(z).float()
        rec = difference(guess, target, weight)
        kl = 0.5 * (mean**2 + logvar.exp() - 1 - logvar).mean()
        loss = rec + p["kl"] * kl + max(0.0, 1 - run.done()) * colour
        learner.step(loss, p["batch"], l1=(guess - target).abs().mean().item(), rec=rec.item(), colour=colour.item(), kl=kl.item(), std=mean.std().item())
        if run.step % 40 == 0:
            pictures.refresh()
    save()


@torch.no_grad()
def sample(vae, path):
    """Held-out renders, and what an autoencoder makes of them."""
    chosen = [picture for picture, _ in held_out(limit=8)]
    x = torch.from_numpy(np.stack(chosen)).permute(0, 3, 1, 2).float() / 127.5 - 1
    mean, _ = vae.encode(x)
    sheet(chosen + to_pictures(vae.decode(mean)), 8, path)


if __name__ == "__main__":
    main(*sys.argv[1:])
