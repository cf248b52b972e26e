"""Mass production: python -m models.training.renderer.produce --out DIR --first SEED --count N [--shard 512]

Writes images-, mattes- (.npy) and meta- (.jsonl) files; a shard that is there already is skipped, so a stopped run
picks up where it was."""

import argparse
import json
import os
import time
from pathlib import Path

import numpy as np

from .scene import SIZE, render

HELD_OUT_FROM = 1_000_000_000


def produce(out, first, count, shard=512):
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    for number, begin in enumerate(range(first, first + count, shard)):
        names = [out / f"{kind}-{begin // shard:05d}.{end}" for kind, end in (("images", "npy"), ("mattes", "npy"), ("meta", "jsonl"))]
        if all(n.exists() for n in names):
            continue
        n = min(shard, first + count - begin)
        images = np.empty((n, SIZE, SIZE, 3), np.uint8)
        mattes = np.empty((n, SIZE, SIZE), np.uint8)
        lines = []
        since = time.time()
        for i in range(n):
            sample = render(begin + i)
            images[i], mattes[i] = sample.image, sample.matte
            lines.append(json.dumps(sample.meta, separators=(",", ":")))
        parts = [n.with_name("part-" + n.name) for n in names]
        np.save(parts[0], images)
        np.save(parts[1], mattes)
        parts[2].write_text("\n".join(lines) + "\n")
        # The labels last: a reader that sees them finds the pictures complete.
        for part, name in zip(parts, names):
            os.replace(part, name)
        print(f"shard {number} seeds {begin}..{begin + n - 1}: {n / (time.time() - since):.1f} pictures/s", flush=True)


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--out", required=True)
    options.add_argument("--first", type=int, default=0)
    options.add_argument("--count", type=int, required=True)
    options.add_argument("--shard", type=int, default=512)
    o = options.parse_args()
    if o.first < HELD_OUT_FROM < o.first + o.count:
        raise SystemExit(f"produce: expected seeds on one side of {HELD_OUT_FROM} (held out from there up), "
                         f"got {o.first}..{o.first + o.count - 1}; split the run.")  # fmt: skip
    produce(o.out, o.first, o.count, o.shard)


if __name__ == "__main__":
    main()
