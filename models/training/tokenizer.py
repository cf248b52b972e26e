"""Words to ids: a closed vocabulary, lower case, hyphens are spaces, unknown words are dropped.

`tokenizer.json` says the same in Hugging Face's format. Its model is a WordPiece without continuation pieces, which is
a word-level model that JavaScript's tokenizers know too. Ids follow CLIP: the start token is last but one, end and
padding share the last id."""

import re

from .config import CONTEXT_TOKENS
from .lexicon import WORDS

START, END, UNKNOWN = "<|startoftext|>", "<|endoftext|>", "<|unk|>"
# Spellings folded into one token before the split.
SPELLINGS = [("t-shirt", "tshirt"), ("tee shirt", "tshirt"), ("-", " ")]
TOKENS = [*WORDS, UNKNOWN, START, END]
IDS = {word: i for i, word in enumerate(TOKENS)}
VOCABULARY_SIZE = len(TOKENS)


def words_of(text):
    text = text.lower()
    for a, b in SPELLINGS:
        text = text.replace(a, b)
    return re.findall(r"\w+|[^\w\s]+", text)


def token_ids(text):
    """-> CONTEXT_TOKENS ids: start, known words (cut to fit), end, padding = end."""
    ids = [IDS[w] for w in words_of(text) if w in IDS][: CONTEXT_TOKENS - 2]
    return [IDS[START], *ids] + [IDS[END]] * (CONTEXT_TOKENS - 1 - len(ids))


def tokenizer_json():
    """Hugging Face's tokenizer.json for @huggingface/tokenizers, transformers and the Rust library."""

    def special(token):
        return dict(
            id=IDS[token], content=token, single_word=False, lstrip=False, rstrip=False, normalized=False, special=True
        )

    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [special(t) for t in (UNKNOWN, START, END)],
        "normalizer": {
            "type": "Sequence",
            "normalizers": [{"type": "Lowercase"}]
            + [{"type": "Replace", "pattern": {"String": a}, "content": b} for a, b in SPELLINGS],
        },
        "pre_tokenizer": {"type": "Whitespace"},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [{"SpecialToken": {"id": START, "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": END, "type_id": 0}}],
            "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
            "special_tokens": {t: {"id": t, "ids": [IDS[t]], "tokens": [t]} for t in (START, END)},
        },
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {
            "type": "WordPiece",
            "unk_token": UNKNOWN,
            "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100,
            "vocab": IDS,
        },
    }
