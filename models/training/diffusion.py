"""The noise schedule of Stable Diffusion, the weights of the loss, and DDIM with guidance."""

import torch


def alphas_cumprod(config):
    """fp32 [1000]; betas = linspace(sqrt(start), sqrt(end), T)^2 in fp64."""
    start, end = config["linear_start"] ** 0.5, config["linear_end"] ** 0.5
    betas = torch.linspace(start, end, config["timesteps"], dtype=torch.float64) ** 2
    return torch.cumprod(1 - betas, 0).float()


def add_noise(x, noise, t, alphas):
    a = alphas[t][:, None, None, None]
    return a.sqrt() * x + (1 - a).sqrt() * noise


def min_snr_weight(t, alphas, gamma, floor=0.0):
    """min(SNR + floor, gamma) / SNR for a noise-predicting network (min-SNR, Hang et al. 2023).

    In terms of the clean picture the weight is min(SNR + floor, gamma): `floor` keeps the noisiest steps, which
    settle background, place and colours, from counting for nothing."""
    snr = alphas[t] / (1 - alphas[t])
    return (snr + floor).clamp(max=gamma) / snr


def training_noise(x, offset=0.0):
    """Normal noise plus `offset` times one number a channel.

    The schedule ends at a signal-to-noise ratio of 0.005, where a picture's mean still shows through white noise;
    pure noise at the start of sampling would then settle the background's colour, whatever the prompt says."""
    noise = torch.randn_like(x)
    return noise + offset * torch.randn(len(x), x.shape[1], 1, 1, device=x.device) if offset else noise


def random_timesteps(n, steps, generator=None):
    """Stratified over the batch: less variance than independent draws."""
    u = (torch.arange(n) + torch.rand(n, generator=generator)) / n
    return (u * steps).long().clamp(max=steps - 1)[torch.randperm(n, generator=generator)]


@torch.no_grad()
def ddim(predict, latents, alphas, steps=20, scale=4.0):
    """predict(x, t) -> (uncond, cond) noise predictions; timesteps range(0, 1000, 1000 // steps) + 1, eta 0."""
    times = list(range(1, len(alphas), len(alphas) // steps))[::-1]
    x = latents
    for i, t in enumerate(times):
        uncond, cond = predict(x, torch.full((len(x),), t, dtype=torch.long, device=x.device))
        eps = uncond + scale * (cond - uncond)
        a = alphas[t]
        before = alphas[times[i + 1]] if i + 1 < len(times) else alphas[0]
        original = (x - (1 - a).sqrt() * eps) / a.sqrt()
        x = before.sqrt() * original + (1 - before).sqrt() * eps
    return x
