"""The palette by name, skin tones and hair colours; sRGB 0..255 in, linear light out."""

import numpy as np

PALETTE = {
    "red": (204, 28, 32), "orange": (240, 124, 20), "yellow": (246, 212, 40), "green": (40, 140, 60), "blue": (36, 84, 204),
    "purple": (118, 48, 160), "pink": (244, 140, 176), "brown": (112, 70, 40), "black": (24, 24, 27), "white": (240, 240, 238),
    "grey": (130, 132, 136), "beige": (218, 198, 164), "navy": (24, 34, 84), "teal": (16, 128, 132), "olive": (104, 108, 44),
    "maroon": (108, 20, 36), "cyan": (92, 196, 228),
}  # fmt: skip
SKIN = {"pale": (228, 182, 156), "light": (212, 158, 124), "tan": (190, 134, 96), "brown": (140, 88, 58), "dark": (86, 54, 38)}
HAIR = {"black": (26, 23, 24), "brown": (84, 54, 34), "blond": (214, 176, 104), "red": (156, 66, 28), "grey": (142, 142, 144),
        "white": (226, 224, 220)}  # fmt: skip
DENIM = {"blue": (66, 100, 156), "navy": (36, 46, 78), "black": (34, 34, 38), "grey": (122, 126, 132)}
EYES = ((86, 56, 34), (70, 110, 160), (80, 120, 80), (60, 40, 28))


def linear(rgb):
    return (np.asarray(rgb, np.float32) / 255) ** 2.2


def jitter(rng, rgb, amount=0.06):
    """A close neighbour of a named colour: lightness and each channel a little off."""
    rgb = np.asarray(rgb, float)
    return np.clip(rgb * (1 + amount * rng.standard_normal()) + 255 * 0.35 * amount * rng.standard_normal(3), 4, 250)
