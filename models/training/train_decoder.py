"""Stage 4b: the decoder on what base and adapter guess.  python -m models.training.train_decoder [cpu|gpu]

A decoder trained on true latents amplifies the small errors of made ones: ripples and blotches. Here half-noisy latents go
through base and adapter once; from the clean latents they guess (x - sqrt(1 - a) eps) / sqrt(a), the decoder must show the
render. A share `clean` of the rows are true latents. Base, adapter and encoder are frozen, so latents stay what they are."""

import sys

import numpy as np
import torch

from .config import CONFIG, FACTOR
from .dataset import held_out
from .diffusion import add_noise, alphas_cumprod
from .encode import frozen_vae
from .latents import LatentSet
from .muon import Muon
from .run_state import Ema, Run, device, half_precision, preset, warm_cosine
from .sample import parts, trained
from .sheet import sheet, to_pictures
from .together import RANK, WORLD, average_gradients, average_weights, join
from .train_adapter import posed_rows
from .train_vae import difference


def shards():
    """-> render(at): a render's picture and matte, [H,W,3] and [H,W], from where they lie on disk."""
    opened = {}

    def render(at):
        folder, number, i = at
        if (folder, number) not in opened:
            opened[folder, number] = [np.load(folder / f"{kind}-{number}.npy", mmap_mode="r") for kind in ("images", "mattes")]
        return [x[i] for x in opened[folder, number]]

    return render


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


def window(label, rng, cells, side):
    """Top left cell of a window of `cells`; round a person's joint, or anywhere."""
    persons = label["persons"]
    if not persons or rng.random() < 0.3:
        return rng.integers(0, side - cells + 1, 2)
    joints = persons[rng.integers(len(persons))]["keypoints"]
    x, y = joints[rng.integers(17)][:2]
    return np.clip(np.array([y, x]) / FACTOR - rng.uniform(0.25, 0.75, 2) * cells, 0, side - cells).astype(int)


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
    model, data, render = parts(*trained(), dev), LatentSet(), shards()
    rng, alphas = np.random.default_rng([11, run.step, RANK]), alphas_cumprod(CONFIG).to(dev)
    torch.manual_seed(run.step * 64 + RANK)
    cells, side = p["crop"] // FACTOR, CONFIG["image_size"]

    def save():
        if not RANK:
            run.save(model=vae.state_dict(), optimizer=optimizer.state_dict(), ema=ema.state, ema_updates=ema.updates)
            sample(run.folder / f"sheet-{run.step:06d}.png")

    stop, local = False, p.get("local_steps", 1) if WORLD > 1 else 1
    while not stop:
        rows = posed_rows(data, rng, p, alphas, dev)
        rows.t = (rows.t * p["noisiest"]).long()
        rows.noisy = add_noise(rows.z, rows.noise, rows.t, alphas)
        clean = torch.rand(len(rows.z), device=dev) < p["clean"]
        z = guessed(model, rows, alphas, clean, p) / data.scale
        latents, targets = [], []
        for row, label in zip(z, rows.labels):
            y, x = window(label, rng, cells, side)
            latents.append(row[:, y : y + cells, x : x + cells])
            pixels = tuple(slice(c * FACTOR, (c + cells) * FACTOR) for c in (y, x))
            picture, matte = render(label["at"])
            targets.append(np.concatenate([picture[pixels], matte[pixels][..., None]], 2))
        target = torch.from_numpy(np.stack(targets)).to(dev).permute(0, 3, 1, 2).float() / 127.5 - 1
        weight = 1 + (p["people"] - 1) * (target[:, 3:] + 1) / 2
        with half_precision(dev):
            guess = vae.decode(torch.stack(latents).contiguous(memory_format=torch.channels_last)).float()
        loss = difference(guess, target[:, :3], weight / weight.mean())
        optimizer.zero_grad()
        loss.backward()
        scale, stop = average_gradients(learning, warm_cosine(run.done()), run.finished(), local == 1)
        optimizer.set_scale(scale)
        optimizer.step()
        ema.update(vae)
        run.record(len(z) * WORLD, loss=loss.item(), l1=(guess - target[:, :3]).abs().mean().item())
        if run.step % local:
            stop = False
            continue
        if local > 1:
            stop = average_weights(learning, optimizer, run.finished())
        if run.due():
            save()
    save()


@torch.no_grad()
def sample(path):
    """Held-out renders, and what the averaged weights make of their latents."""
    chosen = [picture for picture, _ in held_out(limit=8)]
    x = torch.from_numpy(np.stack(chosen)).permute(0, 3, 1, 2).float() / 127.5 - 1
    vae = frozen_vae(stage="decoder")
    sheet(chosen + to_pictures(vae.decode(vae.encode(x)[0])), 8, path)


if __name__ == "__main__":
    main(*sys.argv[1:])
