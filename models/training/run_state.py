"""What every stage needs to stop and go on: checkpoints, a loss curve, averaged weights, a learning-rate shape."""

import csv
import json
import math
import os
import time
from pathlib import Path

import torch

from .together import RANK

STATE = Path(os.environ.get("FIGURINE_STATE", ".cache/figurine"))
PRESETS = json.loads(Path(os.environ.get("FIGURINE_PRESETS") or Path(__file__).parent / "presets.json").read_text())


def preset(name, stage):
    """The stage's numbers for a machine ('cpu' or 'gpu')."""
    return {**PRESETS[stage]["all"], **PRESETS[stage].get(name, {})}


def device():
    if torch.cuda.is_available():
        return torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
    torch.set_num_threads(int(os.environ.get("FIGURINE_THREADS", "2")))
    return torch.device("cpu")


def half_precision(dev):
    """Forward and backward in bfloat16 where the device multiplies it faster than fp32; weights and sums stay fp32."""
    fast = dev.type == "cuda" or torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    return torch.autocast(dev.type, torch.bfloat16, enabled=fast)


def warm_cosine(done, warm=0.03, floor=0.02):
    """Learning-rate factor at a share `done` (0..1) of the run."""
    if done < warm:
        return max(done, 1e-3) / warm
    return floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * min(1, (done - warm) / (1 - warm))))


class Ema:
    """Exponential average with a horizon that grows from the start of the run."""

    def __init__(self, module, decay):
        self.decay, self.updates = decay, 0
        self.state = {k: v.detach().clone() for k, v in module.state_dict().items()}

    @torch.no_grad()
    def update(self, module):
        self.updates += 1
        d = min(self.decay, (1 + self.updates) / (10 + self.updates))
        for k, v in module.state_dict().items():
            if v.is_floating_point():
                self.state[k].lerp_(v, 1 - d)


class Run:
    """Budgeted by minutes, so the cosine ends when the time does; resumes from its own folder. `clock` counts them: the wall's,
    or `time.process_time`, which other programs do not disturb."""

    def __init__(self, stage, minutes, checkpoint_minutes=4, clock=time.time):
        self.clock = clock
        self.folder = STATE / stage
        self.folder.mkdir(parents=True, exist_ok=True)
        self.budget, self.spent, self.step, self.samples = minutes * 60, 0.0, 0, 0
        self.every, self.losses = checkpoint_minutes * 60, []
        self.curve = self.folder / "loss.csv"

    @property
    def path(self):
        return self.folder / "state.pt"

    def resume(self, restore):
        """Calls `restore(saved)` when there is a checkpoint."""
        if self.path.exists():
            saved = torch.load(self.path, map_location="cpu", weights_only=False)
            self.spent, self.step, self.samples = saved["spent"], saved["step"], saved["samples"]
            restore(saved)
        self.mark = self.saved = self.clock()

    def done(self):
        return min(1.0, (self.spent + self.clock() - self.mark) / self.budget)

    def finished(self):
        return self.done() >= 1 or (self.folder / "stop").exists()

    def record(self, batch, **losses):
        self.step += 1
        self.samples += batch
        if RANK:
            return
        self.losses.append(losses)
        if len(self.losses) >= 20:
            row = {k: sum(x[k] for x in self.losses) / len(self.losses) for k in losses}
            self.losses = []
            seconds = self.spent + self.clock() - self.mark
            fresh = not self.curve.exists()
            with self.curve.open("a", newline="") as f:
                w = csv.writer(f)
                if fresh:
                    w.writerow(["step", "samples", "seconds", *row])
                w.writerow([self.step, self.samples, round(seconds, 1), *(f"{v:.5f}" for v in row.values())])
            print(f"{self.step} {self.samples} {seconds:.0f}s", " ".join(f"{k} {v:.4f}" for k, v in row.items()), flush=True)

    def due(self):
        return RANK == 0 and self.clock() - self.saved > self.every

    def save(self, **state):
        now = self.clock()
        self.spent += now - self.mark
        self.mark = now
        temporary = self.path.with_suffix(".tmp")
        torch.save(dict(state, spent=self.spent, step=self.step, samples=self.samples), temporary)
        temporary.replace(self.path)
        self.plot()
        self.saved = self.mark = self.clock()

    def plot(self):
        import matplotlib

        matplotlib.use("Agg")
        import matplotlib.pyplot as plt

        if not self.curve.exists():
            return
        rows = list(csv.DictReader(self.curve.open()))
        plt.figure(figsize=(8, 4))
        for key in [k for k in rows[0] if k not in ("step", "samples", "seconds")]:
            plt.plot([float(r["samples"]) for r in rows], [float(r[key]) for r in rows], label=key)
        plt.yscale("log")
        plt.xlabel("samples")
        plt.legend()
        plt.tight_layout()
        plt.savefig(self.folder / "loss.png", dpi=80)
        plt.close()


class StepRun(Run):
    """Budgeted by steps: what is compared gets equal ones, however long they take."""

    def __init__(self, stage, steps, checkpoint_minutes=4):
        super().__init__(stage, 0, checkpoint_minutes)
        self.steps = steps

    def done(self):
        return min(1.0, self.step / self.steps)
