"""CLIP's text transformer (`cond_stage_model.transformer.text_model.*`)."""

import torch
import torch.nn as nn
import torch.nn.functional as F


class Embeddings(nn.Module):
    def __init__(self, vocab, dim, positions):
        super().__init__()
        self.token_embedding = nn.Embedding(vocab, dim)
        self.position_embedding = nn.Embedding(positions, dim)
        self.register_buffer("position_ids", torch.arange(positions)[None])
        nn.init.normal_(self.token_embedding.weight, std=0.02)
        nn.init.normal_(self.position_embedding.weight, std=0.01)

    def forward(self, ids):
        return self.token_embedding(ids) + self.position_embedding(self.position_ids[:, : ids.shape[1]])


class SelfAttention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads = heads
        self.k_proj, self.v_proj, self.q_proj, self.out_proj = (nn.Linear(dim, dim) for _ in range(4))

    def forward(self, x):
        b, n, c = x.shape
        q, k, v = (
            p(x).view(b, n, self.heads, -1).transpose(1, 2) for p in (self.q_proj, self.k_proj, self.v_proj)
        )
        h = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.out_proj(h.transpose(1, 2).reshape(b, n, c))


class MLP(nn.Module):
    def __init__(self, dim, inner):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(dim, inner), nn.Linear(inner, dim)

    def forward(self, x):
        x = self.fc1(x)
        return self.fc2(x * torch.sigmoid(1.702 * x))


class Layer(nn.Module):
    def __init__(self, dim, heads, inner):
        super().__init__()
        self.self_attn = SelfAttention(dim, heads)
        self.layer_norm1 = nn.LayerNorm(dim)
        self.mlp = MLP(dim, inner)
        self.layer_norm2 = nn.LayerNorm(dim)

    def forward(self, x):
        x = x + self.self_attn(self.layer_norm1(x))
        return x + self.mlp(self.layer_norm2(x))


class Encoder(nn.Module):
    def __init__(self, layers, dim, heads, inner):
        super().__init__()
        self.layers = nn.ModuleList(Layer(dim, heads, inner) for _ in range(layers))


class TextEncoder(nn.Module):
    def __init__(self, p):
        super().__init__()
        self.embeddings = Embeddings(p["vocab"], p["dim"], p["max_positions"])
        self.encoder = Encoder(p["layers"], p["dim"], p["heads"], p["mlp"])
        self.final_layer_norm = nn.LayerNorm(p["dim"])

    def forward(self, ids):
        """ids int64 [B,tokens] -> text embedding [B,tokens,dim] (after the final LayerNorm, causal)."""
        x = self.embeddings(ids)
        for layer in self.encoder.layers:
            x = layer(x)
        return self.final_layer_norm(x)
