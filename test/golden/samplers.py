"""Golden numbers for core/scheduler from one named oracle each, run in fp64 on a toy model that both sides compute alike.

    pip install torch numpy scipy diffusers==0.42.1 k-diffusion==0.1.1.post1
    python test/golden/samplers.py > test/golden/samplers.json

The toy model is eps(x, t) = 0.9 x + 0.3 sin(t / 100) p with p_i = ((7 i) mod 13) / 13 - 0.5. Start and step noise are
successive torch.randn draws of 32 values from the recorded seed. States are variance preserving.
"""
import importlib.metadata, json, sys, types
import numpy as np
import torch
from diffusers import LCMScheduler, UniPCMultistepScheduler
import diffusers.schedulers.scheduling_lcm as lcm_module

# k_diffusion.sampling imports these at the top for samplers that are not used here.
for name in ['torchdiffeq', 'torchsde', 'clean_fid', 'clip', 'dctorch', 'torchvision']:
    sys.modules.setdefault(name, types.ModuleType(name))
sys.modules['torchdiffeq'].odeint = None
package = types.ModuleType('k_diffusion')
package.__path__ = [str(importlib.metadata.distribution('k-diffusion').locate_file('k_diffusion'))]
sys.modules['k_diffusion'] = package
utilities = types.ModuleType('k_diffusion.utils')
utilities.append_dims = lambda x, n: x[(...,) + (None,) * (n - x.ndim)]
sys.modules['k_diffusion.utils'] = utilities
package.utils = utilities
from k_diffusion import external, sampling  # noqa: E402

torch.set_default_dtype(torch.float64)
SIZE = 32
ROOT = torch.linspace(0.00085**0.5, 0.012**0.5, 1000)
# As a checkpoint holds them: fp64 products, rounded to fp32.
ALPHAS = torch.tensor(np.cumprod(1 - (ROOT**2).numpy()).astype(np.float32)).double()
PATTERN = torch.tensor([((7 * i) % 13) / 13 - 0.5 for i in range(SIZE)]).reshape(1, 1, 4, 8)


def draws(seed):
    generator = torch.Generator().manual_seed(seed)
    return lambda: torch.randn(1, 1, 4, 8, generator=generator, dtype=torch.float32).double()


class Toy:
    alphas_cumprod = ALPHAS

    def __init__(self):
        self.timesteps = []

    def apply_model(self, x, t):
        t = float(torch.as_tensor(t).flatten()[0])
        self.timesteps.append(t)
        return 0.9 * x + 0.3 * np.sin(t / 100) * PATTERN


def to_list(x):
    return [float(v) for v in x.flatten()]


def k_diffusion(name, steps, spacing, seed, eta=None):
    toy, noise = Toy(), draws(seed)
    denoiser = external.CompVisDenoiser(toy)
    top, bottom = float(denoiser.sigma_max), float(denoiser.sigma_min)
    if spacing == 'uniform':
        sigmas = denoiser.get_sigmas(steps)
    elif spacing == 'karras':
        sigmas = sampling.get_sigmas_karras(steps, bottom, top)
    else:
        sigmas = sampling.get_sigmas_exponential(steps, bottom, top)
    states = []

    def keep(info):
        if info['i'] > 0:
            states.append(to_list(info['x'] / (1 + info['sigma']**2) ** 0.5))

    x = noise() * (1 + sigmas[0] ** 2) ** 0.5
    extra = {}
    if name == 'euler-ancestral':
        extra = {'noise_sampler': lambda a, b: noise(), 'eta': 1.0 if eta is None else eta}
    function = {'dpmpp-2m': sampling.sample_dpmpp_2m, 'euler': sampling.sample_euler,
                'euler-ancestral': sampling.sample_euler_ancestral}[name]
    states.append(to_list(function(denoiser, x, sigmas, callback=keep, disable=True, **extra)))
    return toy.timesteps, states


def drive(scheduler, toy, x):
    states = []
    scheduler.set_begin_index(0)
    for t in scheduler.timesteps:
        x = scheduler.step(toy.apply_model(x, t), int(t), x).prev_sample
        states.append(to_list(x))
    return toy.timesteps, states


def unipc(name, steps, spacing, seed):
    toy, noise = Toy(), draws(seed)
    options = {'uniform': {}, 'karras': {'use_karras_sigmas': True}, 'exponential': {'use_exponential_sigmas': True}}
    scheduler = UniPCMultistepScheduler(beta_schedule='scaled_linear', **options[spacing])
    scheduler.alphas_cumprod = ALPHAS
    scheduler.set_timesteps(steps)
    scheduler.sigmas = scheduler.sigmas.double()
    return drive(scheduler, toy, noise())


def lcm(name, steps, spacing, seed):
    toy, noise = Toy(), draws(seed)
    scheduler = LCMScheduler()
    scheduler.alphas_cumprod = ALPHAS
    scheduler.set_timesteps(steps)
    lcm_module.randn_tensor = lambda *args, **kwargs: noise()
    return drive(scheduler, toy, noise())


cases = []
for name, oracle, function, spacings, counts in [
    ('dpmpp-2m', 'k-diffusion sample_dpmpp_2m', k_diffusion, ['uniform', 'karras', 'exponential'], [1, 2, 7, 20]),
    ('euler', 'k-diffusion sample_euler', k_diffusion, ['uniform', 'karras', 'exponential'], [1, 2, 7, 20]),
    ('euler-ancestral', 'k-diffusion sample_euler_ancestral', k_diffusion, ['uniform', 'karras', 'exponential'],
     [1, 2, 7, 20]),
    ('unipc', 'diffusers UniPCMultistepScheduler', unipc, ['uniform', 'karras', 'exponential'], [1, 2, 3, 6, 7, 20]),
    ('lcm', 'diffusers LCMScheduler', lcm, ['uniform'], [1, 2, 4, 7, 50]),
]:
    for spacing in spacings:
        for steps in counts:
            seed = 1000 + len(cases)
            timesteps, states = function(name, steps, spacing, seed)
            kept = states if steps <= 7 else [states[-1]]
            cases.append({'scheduler': name, 'oracle': oracle, 'spacing': spacing, 'steps': steps, 'seed': seed,
                          'timesteps': timesteps, 'lastStates': [[float(f'{v:.12g}') for v in s] for s in kept]})
timesteps, states = k_diffusion('euler-ancestral', 7, 'karras', 2000, eta=0.4)
cases.append({'scheduler': 'euler-ancestral', 'oracle': 'k-diffusion sample_euler_ancestral', 'spacing': 'karras',
              'steps': 7, 'seed': 2000, 'eta': 0.4, 'timesteps': timesteps,
              'lastStates': [[float(f'{v:.12g}') for v in s] for s in states]})

json.dump({
    'command': 'python test/golden/samplers.py > test/golden/samplers.json',
    'versions': {n: importlib.metadata.version(n) for n in ['torch', 'numpy', 'diffusers', 'k-diffusion']},
    'model': 'eps(x, t) = 0.9 x + 0.3 sin(t / 100) p, p_i = ((7 i) mod 13) / 13 - 0.5',
    'cases': cases,
}, sys.stdout)
