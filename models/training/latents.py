"""Cached latents with their labels: what the UNet and the adapter are trained on."""

import json

import numpy as np
import torch

from .dataset import FOLDERS, HELD_OUT_EVERY, read_meta
from .encode import LATENTS, SCALE


class LatentSet:
    """All cached latents in memory; `refresh()` takes in shards that came meanwhile."""

    def __init__(self):
        self.scale = json.loads(SCALE.read_text())["scale_factor"]
        self.seen, self.latents, self.meta = set(), [], []
        self.refresh()

    def refresh(self):
        for folder in FOLDERS:
            for f in sorted((LATENTS / folder.name).glob("latents-?????.npy")):
                if f in self.seen:
                    continue
                number = f.stem.split("-")[1]
                latents, meta = np.load(f), read_meta(folder, number)
                keep = [i for i in range(len(latents)) if i % HELD_OUT_EVERY]
                self.latents.append(latents[keep])
                self.meta += [{**meta[i], "at": (folder, number, i)} for i in keep]
                self.seen.add(f)
        self.index = [(s, i) for s, block in enumerate(self.latents) for i in range(len(block))]

    def __len__(self):
        return len(self.index)

    def batch(self, rng, size):
        """-> (scaled latents sampled from the posterior, float [B,4,32,32]; labels, each with `at`: folder, shard and index of its render)."""
        rows, labels = [], []
        for k in rng.integers(0, len(self.index), size):
            s, i = self.index[k]
            block = self.latents[s][i].astype(np.float32)
            mean, std = block[:4], np.exp(0.5 * block[4:])
            rows.append(mean + std * rng.standard_normal(mean.shape, dtype=np.float32))
            labels.append(self.meta[k])
        return torch.from_numpy(np.stack(rows) * self.scale), labels
