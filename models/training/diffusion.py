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


def min_snr_weight(t, alphas, gamma):
    """min(SNR, gamma) / SNR for a noise-predicting network (Hang et al. 2023)."""
    snr = alphas[t] / (1 - alphas[t])
    return snr.clamp(max=gamma) / snr


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
