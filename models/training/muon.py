"""Muon for hidden matrices, AdamW for everything else, in one optimizer.

Muon (Jordan et al., 2024): momentum, then the nearest semi-orthogonal matrix by Newton-Schulz. Convolutions are
matrices of [out, in * k * k]. Matrices of one shape go through Newton-Schulz together."""

import torch

A, B, C = 3.4445, -4.7750, 2.0315
TILES = torch.cpu._is_amx_tile_supported()


def orthogonalise(g, steps):
    """g [n,rows,cols] -> about U V^T of each.

    The iteration X <- A X + (B XX^T + C (XX^T)^2) X, which bfloat16 is enough for. For wide matrices (convolutions: nine times
    wider) it runs on the small Gram matrix XX^T alone, and the product of its factors meets X once at the end: less than half
    the work, in fp32 unless the processor has tiles for bfloat16."""
    wide = g.shape[1] <= g.shape[2]
    x = g if wide else g.transpose(1, 2)
    x = x / (x.flatten(1).norm(dim=1)[:, None, None] + 1e-7)
    if TILES or x.shape[2] < 3 * x.shape[1]:
        x = x.bfloat16()
        for _ in range(steps):
            gram = x @ x.transpose(1, 2)
            x = torch.baddbmm(x, torch.baddbmm(gram, gram, gram, beta=B, alpha=C), x, beta=A)
        x = x.to(g)
        return x if wide else x.transpose(1, 2)
    gram, product = x @ x.transpose(1, 2), None
    for step in range(steps):
        factor = B * gram + C * gram @ gram
        factor.diagonal(dim1=1, dim2=2).add_(A)
        product = factor if product is None else factor @ product
        if step + 1 < steps:
            gram = factor @ gram @ factor
    x = product @ x
    return x if wide else x.transpose(1, 2)


def hidden_matrix(name, p):
    """Muon's share: no embeddings, no vectors, no first or last layer, no zero convolutions."""
    outer = ("embedding", "input_blocks.0.", "conv_in", "conv_out", "out.2.", "zero_conv", "middle_block_out",
             "input_hint_block.0.", "input_hint_block.14.")  # fmt: skip
    return p.ndim >= 2 and min(p.shape[0], p[0].numel()) >= 16 and not any(o in name or name.startswith(o) for o in outer)


def as_matrix(x):
    """[out, ...] -> [out, rest]; kernels go channels-last, as they lie in memory (the order of columns is free)."""
    return (x.permute(0, 2, 3, 1) if x.ndim == 4 else x).reshape(x.shape[0], -1)


def as_kernel(m, shape):
    """The way back from `as_matrix`."""
    if len(shape) != 4:
        return m.view(shape)
    o, c, h, w = shape
    return m.view(o, h, w, c).permute(0, 3, 1, 2)


class Muon(torch.optim.Optimizer):
    """groups: {params, kind: 'muon' | 'adamw', lr, weight_decay}. The schedule multiplies `lr`."""

    def __init__(self, named, lr_muon, lr_adamw, weight_decay=0.01, momentum=0.95, betas=(0.9, 0.99), steps=5):
        named = [(n, p) for n, p in named if p.requires_grad]
        matrices = [p for n, p in named if hidden_matrix(n, p)]
        chosen = {id(p) for p in matrices}
        rest = [p for _, p in named if id(p) not in chosen]
        groups = [
            dict(params=matrices, kind="muon", lr=lr_muon, weight_decay=weight_decay),
            dict(params=rest, kind="adamw", lr=lr_adamw, weight_decay=0.0),
        ]
        groups = [g for g in groups if g["params"]]
        for g in groups:
            g["base_lr"] = g["lr"]
        super().__init__(groups, dict(momentum=momentum, betas=betas, steps=steps))

    def set_scale(self, scale):
        for g in self.param_groups:
            g["lr"] = g["base_lr"] * scale

    @torch.no_grad()
    def step(self):
        for g in self.param_groups:
            (self._muon if g["kind"] == "muon" else self._adamw)(g)

    def _muon(self, g):
        shapes = {}
        for p in g["params"]:
            if p.grad is None:
                continue
            state = self.state[p]
            grad = as_matrix(p.grad)
            if "momentum" not in state:
                state["momentum"] = torch.zeros_like(grad)
            m = state["momentum"].lerp_(grad, 1 - g["momentum"])
            shapes.setdefault(tuple(grad.shape), []).append((p, grad.lerp(m, g["momentum"])))
        for (rows, cols), entries in shapes.items():
            updates = orthogonalise(torch.stack([u for _, u in entries]), g["steps"])
            scale = max(1.0, rows / cols) ** 0.5
            for (p, _), u in zip(entries, updates):
                p.mul_(1 - g["lr"] * g["weight_decay"])
                p.add_(as_kernel(u, p.shape), alpha=-g["lr"] * scale)

    def _adamw(self, g):
        b1, b2 = g["betas"]
        for p in g["params"]:
            if p.grad is None:
                continue
            state = self.state[p]
            if "step" not in state:
                state.update(step=0, m=torch.zeros_like(p), v=torch.zeros_like(p))
            state["step"] += 1
            state["m"].lerp_(p.grad, 1 - b1)
            state["v"].mul_(b2).addcmul_(p.grad, p.grad, value=1 - b2)
            m = state["m"] / (1 - b1 ** state["step"])
            v = state["v"] / (1 - b2 ** state["step"])
            p.addcdiv_(m, v.sqrt().add_(1e-8), value=-g["lr"])
