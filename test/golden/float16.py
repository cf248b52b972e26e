"""Golden numbers for core/tensor/float16: numpy's conversion of every half, and of floats around every rounding edge.

    python test/golden/float16.py > test/golden/float16.json
"""
import hashlib, json, sys
import numpy as np

halves = np.arange(65536, dtype='<u2')
wide = halves.view('<f2').astype('<f4').view('<u4')
finite = np.isfinite(halves.view('<f2'))
# Every half's fp32 pattern, moved by these many last places of fp32: covers each tie and its neighbours.
offsets = [0, 1, -1, 0xfff, 0x1000, 0x1001, 0x1fff]
base = np.concatenate([wide[finite].astype('<i8') + o for o in offsets])
base = base[(base >= 0) & (base < 2**32)].astype('<u4')
base = base[np.isfinite(base.view('<f4'))]
with np.errstate(over='ignore'):
    rounded = base.view('<f4').astype('<f2').view('<u2')
json.dump({
    'command': 'python test/golden/float16.py > test/golden/float16.json',
    'versions': {'numpy': np.__version__},
    'widenedSha256': hashlib.sha256(wide[~np.isnan(halves.view('<f2'))].tobytes()).hexdigest(),
    'offsets': offsets,
    'roundedCount': int(rounded.size),
    'roundedSha256': hashlib.sha256(rounded.tobytes()).hexdigest(),
}, sys.stdout, indent=1)
