"""FID's and KID's arithmetic by NumPy and SciPy on random features.

Command: python test/golden/feature-distances.py > test/golden/feature-distances.json
Made with Python 3.11, NumPy 2.4.6, SciPy 1.17.1."""

import json

import numpy as np
from scipy import linalg


def frechet(a, b):
    """Heusel et al. 2017, by the matrix root itself."""
    s1, s2 = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    root = linalg.sqrtm(s1 @ s2)
    return float(((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(s1) + np.trace(s2) - 2 * np.trace(root).real)


def frechet_by_eigenvalues(a, b):
    """The same where there are fewer pictures than features, and sqrtm loses its way."""
    s1, s2 = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    values = np.linalg.eigvals(s1 @ s2)
    return float(((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(s1) + np.trace(s2) - 2 * np.sqrt(np.clip(values.real, 0, None)).sum())


def discrepancy(a, b):
    """Binkowski et al. 2018, polynomial kernel of degree 3, unbiased."""
    k = lambda x, y: (x @ y.T / x.shape[1] + 1) ** 3
    m, n = len(a), len(b)
    aa, bb = k(a, a), k(b, b)
    return float((aa.sum() - np.trace(aa)) / (m * (m - 1)) + (bb.sum() - np.trace(bb)) / (n * (n - 1)) - 2 * k(a, b).mean())


rng = np.random.default_rng(11)
cases = []
for name, d, m, n in (("many pictures", 6, 40, 50), ("few pictures", 24, 8, 10), ("few against many", 8, 6, 30)):
    mix = rng.normal(size=(d, d))
    a = np.round(rng.normal(size=(m, d)) @ mix + 0.3, 4)
    b = np.round(rng.normal(size=(n, d)) @ mix * 1.2, 4)
    cases.append({
        "name": name, "first": a.tolist(), "second": b.tolist(),
        "frechet": frechet(a, b) if min(m, n) > d else frechet_by_eigenvalues(a, b), "discrepancy": discrepancy(a, b),
    })  # fmt: skip
print(json.dumps(cases))
