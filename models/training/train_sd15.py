"""The full-size adapter on Stable Diffusion 1.5, from map-file data.

  python -m models.training.train_sd15 CHECKPOINT.safetensors TOKENIZER.json MAP.json [cpu|gpu|paper]

Prepares the adapter as upstream does (the base's encoder copied, zero convolutions at zero) and trains it alone, everything
else frozen: AdamW, pose-mask guided loss, half of the captions dropped (preset `train_sd15`; with `epochs` every picture comes once an
epoch, in an order of its own). Half precision where the device has it; `use_checkpoint` trades time for memory. On several GPUs
`torchrun --nproc-per-node N`: each takes `batch` rows, and the learning rate grows with N. Resumable; every save also
writes `sd15/stable_pose.safetensors` under upstream's keys. CHECKPOINT "random" stands for random weights, to try the
machinery: FIGURINE_SD15_SIDE and FIGURINE_SD15_STEPS bound it."""

import os
import sys
from functools import lru_cache

import numpy as np
import torch
from safetensors.torch import load_file, save_file

from .blocks import Stage
from .checkpoint import PREFIX, build
from .diffusion import add_noise, alphas_cumprod
from .map_file import MapFile
from .pose_masks import pose_masks, scaled_kernel
from .run_state import Run, device, half_precision, preset
from .skeleton import draw_skeleton
from .together import RANK, WORLD, average_gradients, join
from .train_adapter import copy_encoder

SHARED = dict(
    in_channels=4, model_channels=320, num_res_blocks=2, attention_resolutions=[4, 2, 1], channel_mult=[1, 2, 4, 4],
    use_checkpoint=True, num_heads=8, use_spatial_transformer=True, transformer_depth=1, context_dim=768, legacy=False,
)  # fmt: skip
SD15 = {
    "linear_start": 0.00085, "linear_end": 0.012, "timesteps": 1000, "channels": 4, "image_size": 64,
    "scale_factor": 0.18215, "gaussian_kernels": [23, 13], "gaussian_sigma": 3, "alpha": 5,
    "control_config": {"params": {**SHARED, "cond_channels": 3, "inject_channels": [192], "inject_layers": [1]}},
    "unet_config": {"params": {**SHARED, "image_size": 64, "out_channels": 4}},
    "first_stage_config": {
        "params": {
            "embed_dim": 4,
            "ddconfig": dict(
                double_z=True, z_channels=4, resolution=256, in_channels=3, out_ch=3, ch=128, ch_mult=[1, 2, 4, 4],
                num_res_blocks=2, attn_resolutions=[], dropout=0.0,
            ),
        },
    },
    "cond_stage_config": {"vocab": 49408, "dim": 768, "heads": 12, "mlp": 3072, "layers": 12, "max_positions": 77},
}  # fmt: skip


def frozen_parts(config, path):
    """{unet, vae, text} from a checkpoint with Stable Diffusion's key names, or random for "random"."""
    tensors = {} if path == "random" else load_file(path)
    parts = {}
    for part in ("unet", "vae", "text"):
        module, prefix = build(part, config), PREFIX[part]
        if tensors:
            own = module.state_dict()
            found = {k: tensors[prefix + k] for k in own if prefix + k in tensors}
            missing = [k for k in own if k not in found and not k.endswith("position_ids")]
            if missing:
                raise SystemExit(
                    f"train_sd15: expected Stable Diffusion 1.5 in {path}, missing {prefix}{missing[0]} and {len(missing) - 1} more; "
                    "give the single-file checkpoint as safetensors."
                )
            module.load_state_dict({**own, **{k: v.to(own[k].dtype) for k, v in found.items()}})
        parts[part] = module.requires_grad_(False).eval()
    return parts


def prepared(config, unet):
    adapter = build("adapter", config)
    copy_encoder(adapter, unet)
    return adapter


def recompute_where_asked(config, parts, adapter):
    for module, part in ((parts["unet"], "unet_config"), (adapter, "control_config")):
        for stage in module.modules():
            if isinstance(stage, Stage):
                stage.recompute = config[part]["params"]["use_checkpoint"]


@lru_cache(2)
def order(epoch, count):
    return np.random.default_rng([7, epoch]).permutation(count)


def rows_of(step, count, p):
    """Which of `count` rows this process takes at a step: the next ones of an epoch's order with `epochs` in the preset, else any."""
    if "epochs" not in p:
        return np.random.default_rng([7, step, RANK]).integers(count, size=p["batch"])
    at = (step * WORLD + RANK) * p["batch"] + np.arange(p["batch"])
    return [order(int(epoch), count)[i] for epoch, i in zip(at // count, at % count)]


def last_step(count, p):
    return p.get("steps") or (-(-p["epochs"] * count // (p["batch"] * WORLD)) if "epochs" in p else float("inf"))


def step_loss(config, parts, adapter, rows, rng, drop, tokens):
    """Pose-mask guided loss of rows (picture, poses, prompt); `tokens(text)` -> ids."""
    dev, side = next(adapter.parameters()).device, rows[0][0].shape[0]
    picture = torch.from_numpy(np.stack([r[0] for r in rows])).to(dev).permute(0, 3, 1, 2).float() / 127.5 - 1
    hint = torch.from_numpy(np.stack([draw_skeleton(r[1], side) for r in rows])).to(dev).permute(0, 3, 1, 2).float() / 127.5 - 1
    ids = torch.tensor([tokens("" if rng.random() < drop else r[2]) for r in rows], device=dev)
    kernels = [scaled_kernel(k, side) for k in config["gaussian_kernels"]]
    mask = pose_masks(hint, kernels, config.get("gaussian_sigma", 3) * side / 512)
    with torch.no_grad():
        mean, logvar = parts["vae"].encode(picture)
        z = (mean + torch.exp(0.5 * logvar) * torch.randn_like(mean)) * config["scale_factor"]
        context = parts["text"](ids)
    alphas = alphas_cumprod(config).to(dev)
    t, noise = torch.randint(len(alphas), (len(z),), device=dev), torch.randn_like(z)
    noisy = add_noise(z, noise, t, alphas)
    with half_precision(dev):
        residuals = adapter(noisy, t, context, hint, mask)
        guess = parts["unet"](noisy, t, context, residuals).float()
    weight = torch.where(mask[-len(z) :][:, None], float(config["alpha"]), 1.0)
    return ((guess - noise).square() * weight).mean()


def clip_tokens(path):
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(path)
    start, end = 49406, 49407

    def tokens(text):
        ids = tokenizer.encode(text, add_special_tokens=False).ids[:75]
        return [start, *ids, *[end] * (76 - len(ids))]

    return tokens


def write_adapter(adapter, path):
    save_file({PREFIX["adapter"] + k: v.detach().cpu().contiguous() for k, v in adapter.state_dict().items()}, path)


def train(config, parts, data, tokens, p, run, dev):
    """Trains until the run's budget ends (or `steps` or `epochs` of the preset); -> the adapter."""
    torch.manual_seed(7)
    adapter = prepared(config, parts["unet"]).to(dev)
    recompute_where_asked(config, parts, adapter)
    torch.manual_seed(7 + RANK)
    for module in parts.values():
        module.to(dev)
    optimizer = torch.optim.AdamW(adapter.parameters(), lr=p["lr"] * WORLD)

    def restore(saved):
        adapter.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])

    run.resume(restore)

    def save():
        if RANK == 0:
            run.save(model=adapter.state_dict(), optimizer=optimizer.state_dict())
            write_adapter(adapter, run.folder / "stable_pose.safetensors")

    stop, last = False, last_step(len(data), p)
    while not stop and run.step < last:
        rng = np.random.default_rng([7, run.step, RANK])
        rows = [data.read(int(i), p["side"]) for i in rows_of(run.step, len(data), p)]
        loss = step_loss(config, parts, adapter, rows, rng, p["drop"], tokens)
        optimizer.zero_grad()
        loss.backward()
        stop = run.finished()
        if WORLD > 1:
            _, stop = average_gradients(adapter, 1.0, stop, clip=float("inf"))
        optimizer.step()
        run.record(p["batch"] * WORLD, loss=loss.item())
        if run.due():
            save()
    save()
    return adapter


def main(checkpoint, tokenizer, map_file, machine="gpu"):
    p, dev = preset(machine, "train_sd15"), device()
    if dev.type == "cuda":
        torch.cuda.set_device(dev)
    join()
    for name in ("side", "steps"):
        if f"FIGURINE_SD15_{name.upper()}" in os.environ:
            p[name] = int(os.environ[f"FIGURINE_SD15_{name.upper()}"])
    run = Run("sd15", p["minutes"], p["checkpoint_minutes"])
    train(SD15, frozen_parts(SD15, checkpoint), MapFile(map_file), clip_tokens(tokenizer), p, run, dev)


if __name__ == "__main__":
    main(*sys.argv[1:])
