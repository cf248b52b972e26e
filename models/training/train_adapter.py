"""Stage 4: the Stable-Pose adapter on the base.  python -m models.training.train_adapter [cpu|gpu]

Pose-mask guided loss (alpha inside the finest mask). With `train_base` in the preset the base is not frozen but learns on
(a base that had only minutes is a poor thing to freeze); a share `plain` of the rows then goes without the adapter. Rows whose caption is dropped see all-ones masks: that is what
unconditional rows see when pictures are made. The feature extractor's strided convolutions come from `train_hint`
and stay frozen when the preset says so: forward alone costs a third."""

import sys

import numpy as np
import torch
import torch.nn as nn

from .captions import caption
from .checkpoint import build
from .conditions import hint_batch, mask_batch
from .config import CONFIG
from .diffusion import add_noise, alphas_cumprod, min_snr_weight, random_timesteps, training_noise
from .latents import LatentSet
from .muon import Muon
from .run_state import STATE, Ema, Run, device, preset, warm_cosine
from .sample import sample_sheet, split
from .together import RANK, WORLD, average_gradients, average_weights, join
from .tokenizer import token_ids
from .train_unet import base_model


def prepared_adapter(unet, small=0.0):
    """Upstream's preparation: what the adapter shares with the UNet's encoder is copied, zero convolutions stay zero.

    `small` > 0 starts them at that fraction of the identity instead."""
    adapter = build("adapter", CONFIG)
    own, source = adapter.state_dict(), unet.state_dict()
    shared = {k: v for k, v in source.items() if k in own and own[k].shape == v.shape}
    adapter.load_state_dict({**own, **shared})
    hint = STATE / "hint" / "state.pt"
    if hint.exists():
        saved = torch.load(hint, map_location="cpu", weights_only=False)["model"]
        prefix = "extractor."
        extractor = {k[len(prefix) :]: v for k, v in saved.items() if k.startswith(prefix) and "zero_convs" not in k}
        adapter.feature_extractor.load_state_dict(extractor, strict=False)
    if small:
        with torch.no_grad():
            for conv in [m[0] for m in adapter.zero_convs] + [adapter.middle_block_out[0]]:
                conv.weight.copy_(small * torch.eye(conv.weight.shape[0])[:, :, None, None])
            torch.nn.init.dirac_(adapter.feature_extractor.zero_convs[0].weight)
    return adapter


def main(machine="cpu"):
    join()
    p, dev = preset(machine, "train_adapter"), device()
    torch.manual_seed(1)
    base = base_model(dev).requires_grad_(bool(p.get("train_base")))
    base.load_state_dict(torch.load(STATE / "unet" / "state.pt", map_location="cpu", weights_only=False)["ema"])
    unet, text = base["unet"], base["text"]
    if p.get("freeze_text"):
        text.requires_grad_(False)
    adapter = prepared_adapter(unet, p.get("small", 0.0)).to(dev, memory_format=torch.channels_last)
    if p.get("freeze_extractor"):
        adapter.feature_extractor.pre_extractor.requires_grad_(False)
    model = nn.ModuleDict(dict(adapter=adapter, base=base))
    optimizer, ema = Muon(model.named_parameters(), p["lr_muon"], p["lr_adamw"]), Ema(model, p["ema"])
    run = Run("adapter", p["minutes"], p.get("checkpoint_minutes", 4))

    def restore(saved):
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        ema.state, ema.updates = saved["ema"], saved["ema_updates"]

    run.resume(restore)
    data, rng, alphas = LatentSet(), np.random.default_rng([run.step + 7, RANK]), alphas_cumprod(CONFIG).to(dev)
    torch.manual_seed(run.step * 64 + RANK)

    def save():
        data.refresh()
        if RANK:
            return
        run.save(model=model.state_dict(), optimizer=optimizer.state_dict(), ema=ema.state, ema_updates=ema.updates)
        sample_sheet(run.folder / f"sheet-{run.step:06d}.png", *split(ema.state))

    stop, local = False, p.get("local_steps", 1) if WORLD > 1 else 1
    while not stop:
        # Every picture meets several noise levels at once: its pose features are worth reusing.
        repeat = p["repeat"]
        z, labels = data.batch(rng, p["batch"] // repeat // WORLD)
        z = z.repeat(repeat, 1, 1, 1).to(dev).contiguous(memory_format=torch.channels_last)
        hint = hint_batch(labels, rng)
        mask = mask_batch(hint).view(2, -1, *z.shape[2:]).repeat(1, repeat, 1, 1).flatten(0, 1)
        labels = labels * repeat
        dropped = [rng.random() < p["drop"] for _ in labels]
        ids = torch.tensor([token_ids("" if d else caption(m, rng)) for d, m in zip(dropped, labels)], device=dev)
        weight = torch.where(mask[-len(z) :][:, None], float(p["alpha"]), 1.0).to(dev)
        seen = mask | torch.tensor(dropped).repeat(len(mask) // len(z))[:, None, None]
        t = random_timesteps(len(z), len(alphas)).to(dev)
        noise = training_noise(z, p["offset"])
        noisy = add_noise(z, noise, t, alphas)
        with torch.set_grad_enabled(bool(p.get("train_base"))):
            context = text(ids)
            emb, skips, h = unet.encode(noisy, t, context)
        maps = adapter.feature_extractor(hint.to(dev))
        features = [f.repeat(repeat, 1, 1, 1) for f in maps]
        residuals = adapter(noisy, t, context, None, seen.to(dev), features)
        if p.get("plain"):
            posed = (torch.rand(len(z), 1, 1, 1) >= p["plain"]).to(z)
            residuals = [r * posed for r in residuals]
        guess = unet.decode(emb, skips, h, context, residuals)
        square = (guess - noise).square()
        loss = ((square * weight).mean((1, 2, 3)) * min_snr_weight(t, alphas, p["snr_gamma"], p["snr_floor"])).mean()
        optimizer.zero_grad()
        loss.backward()
        scale, stop = average_gradients(model, warm_cosine(run.done()), run.finished(), local == 1)
        optimizer.set_scale(scale)
        optimizer.step()
        ema.update(model)
        run.record(len(z) * WORLD, loss=loss.item(), mse=square.mean().item())
        if run.step % 40 == 0:
            data.refresh()
        if run.step % local:
            stop = False
            continue
        if local > 1:
            stop = average_weights(model, optimizer, run.finished())
        if run.due():
            save()
    save()


if __name__ == "__main__":
    main(*sys.argv[1:])
