"""CLIP's token ids of some prompts, by open_clip's SimpleTokenizer (the original's code and table).

    pip install open_clip_torch==3.3.0 ftfy regex numpy
    python test/golden/clip-token-ids.py > test/golden/clip-token-ids.json

torch and torchvision are not needed: only the tokenizer's file is loaded.
"""
import importlib.metadata, importlib.util, json, sys, types

try:
    import torch  # noqa: F401
except ImportError:
    sys.modules['torch'] = types.SimpleNamespace(Tensor=object, LongTensor=object)
path = importlib.metadata.distribution('open_clip_torch').locate_file('open_clip/tokenizer.py')
spec = importlib.util.spec_from_file_location('clip_tokenizer', path)
module = importlib.util.module_from_spec(spec)
sys.modules['clip_tokenizer'] = module
spec.loader.exec_module(module)
tokenizer = module.SimpleTokenizer()

PROMPTS = [
    'a photo of a cat',
    'A woman in a red t-shirt, seen from behind; beach at night.',
    "it's the dancer's 2nd jump!! (really)",
    'masterpiece, best quality, 8k, artstation, ultra-detailed',
    'Ein Mädchen läuft über die Straße',
    'une fille à la plage, été 1998',
    '東京の夜景',
    '  many   spaces\tand\nlines ',
    'emoji 🙂 and ünïcödé',
    'under_score and hy-phen and 3.14159',
    'antidisestablishmentarianism',
    '',
]
print(json.dumps({
    'oracle': f"open_clip_torch {importlib.metadata.version('open_clip_torch')} SimpleTokenizer",
    'cases': [{'prompt': p, 'ids': tokenizer.encode(p)} for p in PROMPTS],
}, ensure_ascii=False, indent=1))
