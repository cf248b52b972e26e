"""Stage 3: UNet and text encoder on cached latents, captions alone.  python -m models.training.train_unet [cpu|gpu]"""

import sys

import numpy as np
import torch
import torch.nn as nn

from .captions import caption
from .checkpoint import build
from .config import CONFIG
from .diffusion import add_noise, alphas_cumprod, min_snr_weight, random_timesteps, training_noise
from .latents import LatentSet
from .learner import Learner
from .muon import Muon
from .run_state import STATE, Ema, Run, device, half_precision, preset
from .sample import sample_sheet
from .together import RANK, WORLD, join
from .tokenizer import token_ids


def base_model(dev="cpu", config=CONFIG):
    model = nn.ModuleDict(dict(unet=build("unet", config), text=build("text", config)))
    return model.to(dev, memory_format=torch.channels_last)


def base_loss(model, data, rng, p, alphas, dev):
    """-> (loss of a batch, squared errors a row)"""
    z, labels = data.batch(rng, p["batch"] // WORLD)
    z = z.to(dev).contiguous(memory_format=torch.channels_last)
    texts = ["" if rng.random() < p["drop"] else caption(meta, rng) for meta in labels]
    ids = torch.tensor([token_ids(x) for x in texts], device=dev)
    t = random_timesteps(len(z), len(alphas)).to(dev)
    noise = training_noise(z, p["offset"])
    with half_precision(dev):
        guess = model["unet"](add_noise(z, noise, t, alphas), t, model["text"](ids)).float()
    error = (guess - noise).square().mean((1, 2, 3))
    return (error * min_snr_weight(t, alphas, p["snr_gamma"], p["snr_floor"])).mean(), error


def start_text(model, stage):
    """The text encoder as a stage left it."""
    state = torch.load(STATE / stage / "state.pt", map_location="cpu", weights_only=False)["ema"]
    model["text"].load_state_dict({k[5:]: v for k, v in state.items() if k.startswith("text.")})


def learn(model, run, p, dev, show=None):
    """Trains until the run's budget ends; `show(averaged weights)` at every save."""
    optimizer, ema = Muon(model.named_parameters(), p["lr_muon"], p["lr_adamw"]), Ema(model, p["ema"])

    def restore(saved):
        model.load_state_dict(saved["model"])
        if "optimizer" in saved:  # not after `start_from`
            optimizer.load_state_dict(saved["optimizer"])
        ema.state, ema.updates = saved["ema"], saved["ema_updates"]

    run.resume(restore)
    data, rng, alphas = LatentSet(), np.random.default_rng([run.step + 1, RANK]), alphas_cumprod(CONFIG).to(dev)
    torch.manual_seed(run.step * 64 + RANK)

    def save():
        data.refresh()
        if RANK:
            return
        run.save(model=model.state_dict(), optimizer=optimizer.state_dict(), ema=ema.state, ema_updates=ema.updates)
        if show:
            show(ema.state)
        print(len(data), "pictures", flush=True)

    learner = Learner(model, optimizer, ema, run, p, save)
    while not learner.stop:
        loss, error = base_loss(model, data, rng, p, alphas, dev)
        learner.step(loss, p["batch"] // WORLD, loss=loss.item(), mse=error.mean().item())
        if run.step % 40 == 0:
            data.refresh()
    save()


def main(machine="cpu"):
    join()
    p, dev = preset(machine, "train_unet"), device()
    torch.manual_seed(0)
    model = base_model(dev)
    if (STATE / "text" / "state.pt").exists():
        start_text(model, "text")
    if p.get("freeze_text"):
        model["text"].requires_grad_(False)
    run = Run("unet", p["minutes"], p.get("checkpoint_minutes", 4))
    learn(model, run, p, dev, lambda averaged: sample_sheet(run.folder / f"sheet-{run.step:06d}.png", averaged))


if __name__ == "__main__":
    main(*sys.argv[1:])
