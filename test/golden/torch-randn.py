"""Golden numbers for core/tensor/normal-noise: torch.randn on an x86-64 CPU with AVX2.

    python test/golden/torch-randn.py > test/golden/torch-randn.json
"""
import hashlib, json, sys
import torch

SEEDS = [0, 1, 42, 20240607, 2**31, 2**32 - 1, 2**32 + 5, 2**53 - 1, -1]
SIZES = [16, 17, 23, 32, 100, 4096, 4 * 32 * 32, 4 * 64 * 64, 4 * 96 * 64 + 7]


def record(values):
    data = values.contiguous().numpy().astype('<f4').tobytes()
    few = values.numel() <= 32
    entry = {'size': values.numel(), 'sha256': hashlib.sha256(data).hexdigest()}
    if few:
        entry['bits'] = [int(v) for v in values.view(torch.int32)]
    return entry


draws = []
for seed in SEEDS:
    for size in SIZES:
        generator = torch.Generator().manual_seed(seed)
        draws.append({'seed': seed, **record(torch.randn(size, generator=generator))})
generator = torch.Generator().manual_seed(99)
draws.append({'seed': 99, **record(torch.randn(1 << 22, generator=generator))})

sequences = []
for seed, sizes in [(3, [16, 5, 3, 16, 1, 7, 4096]), (11, [1, 1, 2, 15]), (12, [16384, 16384, 16384])]:
    generator = torch.Generator().manual_seed(seed)
    sequences.append({'seed': seed, 'draws': [record(torch.randn(s, generator=generator)) for s in sizes]})

json.dump({
    'command': 'python test/golden/torch-randn.py > test/golden/torch-randn.json',
    'versions': {'python': sys.version.split()[0], 'torch': torch.__version__,
                 'cpu': torch.backends.cpu.get_cpu_capability()},
    'draws': draws,
    'sequences': sequences,
}, sys.stdout, indent=1)
