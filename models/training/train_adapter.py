"""Stage 4: the Stable-Pose adapter on the base.  python -m models.training.train_adapter [cpu|gpu] [ARM [SEED]]

Pose-mask guided loss (alpha inside the finest mask). With `train_base` in the preset the base is not frozen but learns on
(a base that had only minutes is a poor thing to freeze); a share `plain` of the rows then goes without the adapter. Rows whose caption is dropped see all-ones masks: that is what
unconditional rows see when pictures are made. The feature extractor's strided convolutions come from `train_hint`
and stay frozen when the preset says so: forward alone costs a third.

With an ARM (see `arms.py`) its adapter is trained for the comparison instead: on the frozen base, for `steps` of preset
`train_arm`, in a state folder of its own, `arms/<arm>-<seed>`. All arms of one seed see the same pictures, captions, noise
and noise levels."""

import sys
from types import SimpleNamespace

import numpy as np
import torch
import torch.nn as nn

from .arms import ARMS, build_arm, features_of, masks_of, predict
from .captions import caption
from .checkpoint import build
from .conditions import hint_batch, mask_batch
from .config import CONFIG
from .diffusion import add_noise, alphas_cumprod, min_snr_weight, random_timesteps, training_noise
from .latents import LatentSet
from .learner import Learner
from .muon import Muon
from .run_state import STATE, Ema, Run, StepRun, device, half_precision, preset, warm_cosine
from .sample import sample_sheet, split
from .together import RANK, WORLD, average_gradients, join
from .tokenizer import token_ids
from .train_unet import base_model


def copy_encoder(adapter, unet):
    """What an adapter shares with the UNet's encoder starts as its copy."""
    own, source = adapter.state_dict(), unet.state_dict()
    shared = {k: v for k, v in source.items() if k in own and own[k].shape == v.shape}
    adapter.load_state_dict({**own, **shared})


def prepared_adapter(unet, small=0.0):
    """Upstream's preparation: what the adapter shares with the UNet's encoder is copied, zero convolutions stay zero.

    `small` > 0 starts them at that fraction of the identity instead."""
    adapter = build("adapter", CONFIG)
    copy_encoder(adapter, unet)
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


def posed_rows(data, rng, p, alphas, dev):
    """Pictures with hints, masks, captions and noise. Every picture meets `repeat` noise levels at once: its pose features
    are worth reusing, and `hint` has one row for all of them. Levels go up to a share `noisiest` of the schedule."""
    repeat = p["repeat"]
    z, labels = data.batch(rng, p["batch"] // repeat // WORLD)
    z = z.repeat(repeat, 1, 1, 1).to(dev).contiguous(memory_format=torch.channels_last)
    hint = hint_batch(labels, rng)
    mask = mask_batch(hint).view(2, -1, *z.shape[2:]).repeat(1, repeat, 1, 1).flatten(0, 1)
    labels = labels * repeat
    dropped = [rng.random() < p["drop"] for _ in labels]
    ids = torch.tensor([token_ids("" if d else caption(m, rng)) for d, m in zip(dropped, labels)], device=dev)
    weight = torch.where(mask[-len(z) :][:, None], float(p["alpha"]), 1.0).to(dev)
    t = random_timesteps(len(z), round(len(alphas) * p.get("noisiest", 1))).to(dev)
    noise = training_noise(z, p["offset"])

    def seen(masks):
        """What attention sees of masks: all of it in rows without a caption."""
        return (masks | torch.tensor(dropped).repeat(len(masks) // len(z))[:, None, None]).to(dev)

    noisy = add_noise(z, noise, t, alphas)
    return SimpleNamespace(labels=labels, z=z, hint=hint.to(dev), mask=mask, ids=ids, weight=weight, t=t, noise=noise, noisy=noisy, seen=seen)


def weighted_loss(guess, rows, p, alphas):
    """-> (loss, squared errors)"""
    square = (guess - rows.noise).square()
    loss = (square * rows.weight).mean((1, 2, 3)) * min_snr_weight(rows.t, alphas, p["snr_gamma"], p["snr_floor"])
    return loss.mean(), square


def frozen_base(stage, dev):
    """The base as a stage left it: `unet` (stage 3) or `adapter` (stage 4, where the base may have learnt on)."""
    base = base_model(dev).requires_grad_(False)
    saved = torch.load(STATE / stage / "state.pt", map_location="cpu", weights_only=False)["ema"]
    base.load_state_dict(saved if stage == "unet" else split(saved)[0])
    return base


def train_arm(machine, name, seed):
    arm, dev = ARMS[name], device()
    p = {**preset(machine, "train_adapter"), **preset(machine, "train_arm")}
    p = p if arm.weighted else {**p, "alpha": 1}
    base = frozen_base(p["base"], dev)
    torch.manual_seed(seed)
    adapter = build_arm(arm)
    copy_encoder(adapter, base["unet"])
    adapter = adapter.to(dev, memory_format=torch.channels_last)
    optimizer, ema = Muon(adapter.named_parameters(), p["lr_muon"], p["lr_adamw"]), Ema(adapter, p["ema"])
    run = StepRun(f"arms/{name}-{seed}", p["steps"], p.get("checkpoint_minutes", 4))

    def restore(saved):
        adapter.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        ema.state, ema.updates = saved["ema"], saved["ema_updates"]

    run.resume(restore)
    data, alphas = LatentSet(), alphas_cumprod(CONFIG).to(dev)

    def save():
        if not RANK:
            run.save(
                model=adapter.state_dict(), optimizer=optimizer.state_dict(), ema=ema.state, ema_updates=ema.updates,
                arm=name, seed=seed, preset=p, pictures=len(data),
            )  # fmt: skip

    stop = run.finished()
    while not stop:
        # Drawn anew at every step, so that all arms of a seed meet the same, interrupted or not.
        rng = np.random.default_rng([seed, run.step, RANK])
        torch.manual_seed((seed * 1_000_003 + run.step) * 64 + RANK)
        rows = posed_rows(data, rng, p, alphas, dev)
        with half_precision(dev):
            with torch.no_grad():
                context = base["text"](rows.ids)
            features = [f.repeat(p["repeat"], 1, 1, 1) for f in features_of(arm, adapter, rows.hint)]
            mask = rows.seen(masks_of(arm, rows.mask))
            guess = predict(arm, adapter, base["unet"], rows.noisy, rows.t, context, features, mask).float()
        loss, square = weighted_loss(guess, rows, p, alphas)
        optimizer.zero_grad()
        loss.backward()
        scale, _ = average_gradients(adapter, warm_cosine(run.done()), False)
        optimizer.set_scale(scale)
        optimizer.step()
        ema.update(adapter)
        run.record(len(rows.z) * WORLD, loss=loss.item(), mse=square.mean().item())
        stop = run.finished()
        if run.due() and not stop:
            save()
    save()
    if not RANK:
        sample_sheet(run.folder / "sheet.png", base.state_dict(), ema.state, arm=arm)


def main(machine="cpu", arm=None, seed=0):
    join()
    if arm:
        return train_arm(machine, arm, int(seed))
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
        if "optimizer" in saved:  # not after `start_from`
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

    learner = Learner(model, optimizer, ema, run, p, save)
    while not learner.stop:
        rows = posed_rows(data, rng, p, alphas, dev)
        with half_precision(dev):
            with torch.set_grad_enabled(bool(p.get("train_base"))):
                context = text(rows.ids)
                emb, skips, h = unet.encode(rows.noisy, rows.t, context)
            maps = adapter.feature_extractor(rows.hint)
            features = [f.repeat(p["repeat"], 1, 1, 1) for f in maps]
            residuals = adapter(rows.noisy, rows.t, context, None, rows.seen(rows.mask), features)
            if p.get("plain"):
                posed = (torch.rand(len(rows.z), 1, 1, 1, device=dev) >= p["plain"]).to(residuals[0])
                residuals = [r * posed for r in residuals]
            guess = unet.decode(emb, skips, h, context, residuals).float()
        loss, square = weighted_loss(guess, rows, p, alphas)
        learner.step(loss, len(rows.z), loss=loss.item(), mse=square.mean().item())
        if run.step % 40 == 0:
            data.refresh()
    save()


if __name__ == "__main__":
    main(*sys.argv[1:])
