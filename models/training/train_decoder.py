"""Stage 4b: the decoder on what base and adapter guess.  python -m models.training.train_decoder [cpu|gpu]

A decoder trained on true latents amplifies the small errors of made ones: ripples and blotches. Here half-noisy latents go
through base and adapter once; from the clean latents they guess (x - sqrt(1 - a) eps) / sqrt(a), the decoder must show the
render. A share `clean` of the rows are true latents. Base, adapter and encoder are frozen, so latents stay what they are."""

import sys

import numpy as np
import torch

from .config import CONFIG, FACTOR, IMAGE_SIZE
from .dataset import Pictures, window
from .diffusion import alphas_cumprod
from .encode import frozen_vae
from .latents import LatentSet
from .learner import Learner
from .muon import Muon
from .run_state import Ema, Run, device, half_precision, preset
from .sample import parts, trained
from .together import RANK, join
from .train_adapter import posed_rows
from .train_vae import difference, sample, weighted


@torch.no_grad()
def guessed(model, rows, alphas, clean, p):
    """Clean latents as base and adapter guess them from noisy ones; true ones in rows `clean`."""
    with half_precision(rows.z.device):
        context = model["text"](rows.ids)
        features = [f.repeat(p["repeat"], 1, 1, 1) for f in model["adapter"].feature_extractor(rows.hint)]
        residuals = model["adapter"](rows.noisy, rows.t, context, None, rows.seen(rows.mask), features)
        eps = model["unet"](rows.noisy, rows.t, context, residuals).float()
    a = alphas[rows.t][:, None, None, None]
    return torch.where(clean[:, None, None, None], rows.z, (rows.noisy - (1 - a).sqrt() * eps) / a.sqrt())


def main(machine="cpu"):
    join()
    p, dev = preset(machine, "train_decoder"), device()
    torch.manual_seed(3)
    vae = frozen_vae(dev).train()
    learning = torch.nn.ModuleList([vae.post_quant_conv, vae.decoder]).requires_grad_(True)
    optimizer, ema = Muon(vae.named_parameters(), p["lr_muon"], p["lr_adamw"]), Ema(vae, p["ema"])
    run = Run("decoder", p["minutes"], p.get("checkpoint_minutes", 4))

    def restore(saved):
        vae.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        ema.state, ema.updates = saved["ema"], saved["ema_updates"]

    run.resume(restore)
    model, data, pictures = parts(*trained(), dev), LatentSet(), Pictures()
    rng, alphas = np.random.default_rng([11, run.step, RANK]), alphas_cumprod(CONFIG).to(dev)
    torch.manual_seed(run.step * 64 + RANK)

    def save():
        if not RANK:
            run.save(model=vae.state_dict(), optimizer=optimizer.state_dict(), ema=ema.state, ema_updates=ema.updates)
            sample(frozen_vae(stage="decoder"), run.folder / f"sheet-{run.step:06d}.png")

    learner = Learner(learning, optimizer, ema, run, p, save, vae)
    while not learner.stop:
        rows = posed_rows(data, rng, p, alphas, dev)
        clean = torch.rand(len(rows.z), device=dev) < p["clean"]
        z = guessed(model, rows, alphas, clean, p) / data.scale
        latents, cuts = [], []
        for row, label in zip(z, rows.labels):
            # A window of whole latent cells.
            y, x = (v // FACTOR for v in window(rng, label["persons"], p["crop"], (IMAGE_SIZE, IMAGE_SIZE)))
            cells = p["crop"] // FACTOR
            latents.append(row[:, y : y + cells, x : x + cells])
            cuts.append(pictures.cut_of(label["at"], y * FACTOR, x * FACTOR, p["crop"]))
        target, weight = weighted(np.stack(cuts), p["people"], dev)
        with half_precision(dev):
            guess = vae.decode(torch.stack(latents).contiguous(memory_format=torch.channels_last)).float()
        loss = difference(guess, target, weight)
        learner.step(loss, len(z), loss=loss.item(), l1=(guess - target).abs().mean().item())
    save()


if __name__ == "__main__":
    main(*sys.argv[1:])
