"""What stands behind the people: a place under one camera, in linear light, with its floor at y = 0."""

import numba as nb
import numpy as np

from .colours import PALETTE, jitter, linear

PLACES = {"plain": 2.2, "studio": 1.8, "grass": 1.3, "beach": 1.1, "night city": 1.1, "room": 1.4, "snow": 0.6, "desert": 0.6,
          "sunset": 0.8, "forest": 0.8, "street": 1.0}  # fmt: skip
COLOURED = ("plain", "studio", "room")


def noise_table():
    rng = np.random.default_rng(12345)
    total = np.zeros((256, 256), np.float32)
    for k in range(1, 7):
        n = 2**k * 2
        grid = rng.random((n, n)).astype(np.float32)
        grid = np.pad(grid, ((0, 1), (0, 1)), mode="wrap")
        at = np.arange(256) * n / 256
        i = at.astype(int)
        f = (at - i).astype(np.float32)
        f = f * f * (3 - 2 * f)
        rows = grid[i] * (1 - f)[:, None] + grid[i + 1] * f[:, None]
        total += (rows[:, i] * (1 - f) + rows[:, i + 1] * f) * 0.62**k
    total -= total.min()
    return total / total.max()


NOISE = noise_table()


@nb.vectorize(["float32(float32,float32)", "float64(float64,float64)"], cache=True)
def noise(u, v):
    """Smooth tiling noise, period 1 in both arguments; bilinear."""
    x, y = (u - np.floor(u)) * 256, (v - np.floor(v)) * 256
    i, j = int(x), int(y)
    fx, fy = x - i, y - j
    i, j = i & 255, j & 255
    i1, j1 = (i + 1) & 255, (j + 1) & 255
    top = NOISE[j, i] * (1 - fx) + NOISE[j, i1] * fx
    return top * (1 - fy) + (NOISE[j1, i] * (1 - fx) + NOISE[j1, i1] * fx) * fy


@nb.guvectorize(["(float32[:], float32[:], float32, float32[:])"], "(n),(n),()->(n)", cache=True)
def mix_float(a, b, t, out):
    for i in range(a.shape[0]):
        out[i] = a[i] + (b[i] - a[i]) * t


def mix(a, b, t):
    """From colour a to colour b by t."""
    return mix_float(np.asarray(a, np.float32), np.asarray(b, np.float32), np.asarray(t, np.float32))


def lin(*rgb):
    return linear(rgb)


def draw_background(rng, place, colour, camera, size):
    """-> (picture [size,size,3] linear, floor mask [size,size], light dict)."""
    eye, forward, up, right, focal, cx, cy = camera
    xs = ((np.arange(size) + 0.5 - cx) / focal).astype(np.float32)[None]
    ys = (-(np.arange(size) + 0.5 - cy) / focal).astype(np.float32)[:, None]
    eye, forward, up, right = (q.astype(np.float32) for q in (eye, forward, up, right))
    length = 1 / np.sqrt(1 + xs * xs + ys * ys)
    rays = np.empty((size, size, 3), np.float32)
    for k in range(3):
        rays[..., k] = (forward[k] + xs * right[k] + ys * up[k]) * length
    elevation = np.ascontiguousarray(rays[..., 1])
    azimuth = np.arctan2(rays[..., 0], -rays[..., 2])
    down = elevation < -1e-3
    t = np.where(down, -eye[1] / np.where(down, elevation, -1), 0)
    gx, gz = eye[0] + t * rays[..., 0], eye[2] + t * rays[..., 2]
    far = np.clip(t / 900, 0, 1).astype(np.float32)
    gx, gz = gx.astype(np.float32), gz.astype(np.float32)
    o1, o2, o3 = (np.float32(o) for o in rng.random(3))
    light = dict(key=(1.0, 0.97, 0.92), sky=(0.42, 0.44, 0.48), floor=(0.22, 0.21, 0.2), strength=1.0, shadow=0.75)

    def horizon_fade(v, ceiling=0.5):
        return np.clip(v / ceiling, 0, 1)

    if place in ("plain", "studio"):
        base = linear(jitter(rng, PALETTE[colour], 0.05))
        if colour == "black":
            base = base * 2.2
        frame_y = np.linspace(0, 1, size)[:, None] * np.ones((1, size))
        if place == "plain":
            picture = base * (1.08 - 0.16 * frame_y)[..., None]
        else:
            px, py = rng.uniform(0.3, 0.7), rng.uniform(0.25, 0.6)
            r2 = (np.linspace(0, 1, size)[None] - px) ** 2 + (np.linspace(0, 1, size)[:, None] - py) ** 2
            glow = np.exp(-r2 / rng.uniform(0.12, 0.3))
            wall = base * (0.55 + 0.75 * glow)[..., None]
            floor = base * (0.75 + 0.25 * np.exp(-r2 / 0.3))[..., None]
            edge = np.clip((-elevation - 0.02) / 0.14, 0, 1)
            picture = mix(wall, floor, edge * edge * (3 - 2 * edge))
        light["floor"] = tuple(0.12 + 0.25 * base)
        return picture, np.ones((size, size), np.float32), light

    if place == "room":
        wall_z = -rng.uniform(14, 40)
        base = linear(jitter(rng, PALETTE[colour], 0.06))
        tw = np.where(rays[..., 2] < -1e-3, (wall_z - eye[2]) / np.where(rays[..., 2] < -1e-3, rays[..., 2], -1), 1e6)
        wx, wy = eye[0] + tw * rays[..., 0], eye[1] + tw * rays[..., 1]
        on_floor = down & (t < tw)
        wall = base * (0.8 + 0.15 * np.clip(wy / 30, 0, 1) + 0.1 * noise(wx / 60 + o1, wy / 60 + o2))[..., None]
        skirting = (wy < 1.2) & (wy >= 0)
        wall[skirting] = lin(225, 222, 214)
        for _ in range(int(rng.integers(1, 4))):
            fx, fy, fw, fh = rng.uniform(-22, 22), rng.uniform(10, 17), rng.uniform(2, 6), rng.uniform(2.5, 5.5)
            inside = (abs(wx - fx) < fw) & (abs(wy - fy) < fh)
            border = inside & ~((abs(wx - fx) < fw - 0.5) & (abs(wy - fy) < fh - 0.5))
            if rng.random() < 0.5:  # a window
                wall[inside] = mix(lin(236, 244, 250), lin(120, 172, 230), np.clip((wy[inside] - fy + fh) / (2 * fh), 0, 1))
                wall[inside & (abs(wx - fx) < 0.18)] = lin(235, 235, 230)
            else:
                names = list(PALETTE)
                a, b = (linear(PALETTE[names[rng.integers(len(names))]]) for _ in range(2))
                wall[inside] = mix(a, b, noise(wx[inside] / 14 + o3, wy[inside] / 14))
            wall[border] = lin(240, 240, 235) if rng.random() < 0.5 else lin(80, 52, 30)
        wood = mix(lin(150, 104, 62), lin(196, 150, 100), noise(gx / 90 + o1, gz / 8 + o2))
        if rng.random() < 0.35:
            wood = mix(lin(150, 150, 152), lin(176, 176, 174), noise(gx / 30, gz / 30))
        plank = np.mod(gz / 2.4, 1) < 0.06
        wood[plank] *= 0.75
        picture = np.where(on_floor[..., None], wood, wall)
        light.update(key=(1.0, 0.95, 0.86), sky=tuple(0.3 + 0.18 * base), floor=(0.24, 0.2, 0.16))
        return picture, on_floor.astype(np.float32), light

    if place == "night city":
        sky = mix(lin(48, 40, 84), lin(8, 10, 30), horizon_fade(elevation, 0.5))
        u = azimuth * 9 + o1 * 50
        block = np.floor(u)
        h = 0.06 + 0.34 * NOISE[(block.astype(int) * 37) & 255, 11]
        tower = (elevation < h) & (np.mod(u, 1) > 0.06)
        shade = 0.5 + NOISE[(block.astype(int) * 53) & 255, 90][..., None]
        sky = np.where(tower[..., None], lin(30, 32, 48) * shade, sky)
        wu, wv = np.floor(u * 7), np.floor(elevation * 60)
        lit = NOISE[(wu.astype(int) * 71 + 13) & 255, (wv.astype(int) * 29 + 7) & 255]
        window = tower & (lit > 0.55) & (np.mod(u * 7, 1) > 0.35) & (np.mod(elevation * 60, 1) > 0.4)
        warm = mix(lin(255, 210, 120), lin(170, 210, 255), (np.mod(lit * 97, 1) > 0.75).astype(float))
        sky = np.where(window[..., None], warm * 0.9, sky)
        glow = np.exp(-((elevation / 0.05) ** 2))[..., None] * lin(160, 110, 90) * 0.3
        ground = mix(lin(44, 44, 52), lin(66, 62, 70), noise(gx / 80 + o2, gz / 80 + o3))
        ground = mix(ground, lin(84, 70, 74), far)
        picture = np.where(down[..., None], ground, sky + glow)
        key = ((1.0, 0.82, 0.62), (0.75, 0.8, 1.0), (1.0, 0.7, 0.85))[rng.integers(3)]
        light.update(key=key, sky=(0.2, 0.2, 0.32), floor=(0.14, 0.12, 0.14), strength=0.85, shadow=0.6)
        return picture, down.astype(np.float32), light

    azimuth = azimuth.astype(np.float32)
    clouds = np.clip(noise(azimuth * 0.35 + o1, elevation * 1.1 + o2) * 2.2 - 1.05, 0, 1) * np.clip(elevation * 8, 0, 1)
    blue = mix(lin(196, 222, 242), lin(72, 136, 214), horizon_fade(elevation, 0.55))
    sky = mix(blue, lin(250, 250, 250), clouds * 0.85)
    fine = noise(gx / 34 + o1, gz / 34 + o2)
    coarse = noise(gx / 260 + o2, gz / 260 + o3)
    if place == "grass":
        ground = mix(lin(52, 104, 34), lin(116, 164, 60), 0.55 * fine + 0.45 * coarse)
        ground = mix(ground, lin(126, 164, 96), far)
        hill = elevation < 0.02 + 0.07 * noise(azimuth * 0.25 + o3, 0.3 + 0 * azimuth)
        sky = np.where(hill[..., None], lin(74, 120, 72) * (0.8 + 0.4 * noise(azimuth * 3, elevation * 6))[..., None], sky)
        light.update(floor=(0.16, 0.24, 0.1))
    elif place == "beach":
        shore = 60 + 25 * coarse
        sand = mix(lin(214, 184, 132), lin(240, 218, 170), 0.5 * fine + 0.5 * coarse)
        wave = noise(gx / 300 + o1, gz / 26 + o2)
        sea = mix(lin(20, 112, 150), lin(70, 176, 196), wave)
        sea = mix(sea, lin(60, 124, 180), far)
        wet = np.clip((-gz - shore) / 6, 0, 1)
        ground = mix(sand, sea, wet)
        foam = (np.abs(-gz - shore - 2 - 3 * wave) < 1.6) & down
        ground[foam] = lin(250, 252, 252)
        light.update(floor=(0.34, 0.3, 0.22))
    elif place == "snow":
        ground = mix(lin(214, 226, 242), lin(246, 248, 252), 0.4 * fine + 0.6 * coarse)
        peak = 0.04 + 0.22 * noise(azimuth * 0.4 + o3, 0.6 + 0 * azimuth)
        snowy = mix(lin(96, 110, 138), lin(240, 244, 250), np.clip((elevation / peak - 0.45) * 3 + noise(azimuth * 4, elevation * 6) - 0.5, 0, 1))
        sky = np.where((elevation < peak)[..., None], snowy, sky)
        light.update(floor=(0.4, 0.42, 0.48), sky=(0.46, 0.5, 0.56))
    elif place == "desert":
        ground = mix(lin(196, 138, 82), lin(232, 178, 116), 0.5 * noise(gx / 200 + o1, gz / 20 + o2) + 0.5 * coarse)
        dune = 0.02 + 0.1 * noise(azimuth * 0.3 + o3, 0.1 + 0 * azimuth)
        sky = np.where((elevation < dune)[..., None], mix(lin(206, 146, 92), lin(236, 184, 124), noise(azimuth * 2, elevation * 4)), sky)
        light.update(floor=(0.3, 0.25, 0.19), key=(1.03, 0.98, 0.88))
    elif place == "sunset":
        e = np.clip(elevation, 0, 1)
        sky = mix(mix(lin(255, 176, 84), lin(236, 96, 84), np.clip(e / 0.18, 0, 1)), lin(78, 56, 120), np.clip((e - 0.14) / 0.4, 0, 1))
        sky = mix(sky, lin(255, 190, 140), clouds * 0.6)
        sa, se = rng.uniform(-0.5, 0.5), rng.uniform(0.03, 0.16)
        sun = ((azimuth - sa) ** 2 + (elevation - se) ** 2) < 0.0035
        sky = np.where(sun[..., None], lin(255, 236, 180), sky)
        hill = elevation < 0.01 + 0.09 * noise(azimuth * 0.3 + o3, 0.7 + 0 * azimuth)
        sky = np.where(hill[..., None], lin(64, 42, 70), sky)
        ground = mix(mix(lin(96, 66, 60), lin(128, 92, 72), fine), lin(150, 96, 84), far)
        light.update(key=(1.1, 0.78, 0.5), sky=(0.34, 0.28, 0.38), floor=(0.26, 0.18, 0.14))
    elif place == "forest":
        ground = mix(lin(66, 74, 34), lin(120, 104, 58), 0.5 * fine + 0.5 * coarse)
        backdrop = mix(lin(30, 62, 30), lin(108, 152, 76), noise(azimuth * 1.6 + o1, elevation * 1.6 + o2))
        backdrop = mix(backdrop, lin(190, 214, 170), np.clip(elevation * 0.9, 0, 0.6))
        for layer, tint in ((14, 0.75), (6, 0.42)):
            u = azimuth * layer + o3 * 31 * layer
            k = np.floor(u).astype(int)
            width = 0.1 + 0.2 * NOISE[(k * 41) & 255, 5]
            centre = 0.3 + 0.4 * NOISE[(k * 97) & 255, 77]
            trunk = np.abs(np.mod(u, 1) - centre + 0.03 * elevation) < width * 0.5
            bark = mix(lin(70, 52, 38), lin(110, 88, 64), noise(u * 2, elevation * 0.6)) * tint
            backdrop = np.where(trunk[..., None], bark, backdrop)
        sky = backdrop
        ground = mix(ground, lin(90, 104, 56), far)
        light.update(sky=(0.34, 0.42, 0.34), floor=(0.16, 0.18, 0.1))
    else:  # street
        u = azimuth * 3.2 + o1 * 17
        k = np.floor(u).astype(int)
        h = 0.2 + 0.5 * NOISE[(k * 37) & 255, 40]
        house = elevation < h
        tones = np.array([lin(186, 120, 92), lin(206, 192, 168), lin(150, 152, 158), lin(214, 170, 116), lin(170, 96, 84)])
        wall = tones[(k * 7) % 5] * (0.85 + 0.2 * noise(azimuth * 3, elevation * 3))[..., None]
        pane = (np.mod(u * 5, 1) > 0.4) & (np.mod(elevation * 13 + 0.2, 1) > 0.45) & (elevation > 0.03)
        wall = np.where(pane[..., None], lin(70, 88, 110), wall)
        sky = np.where(house[..., None], wall, sky)
        ground = mix(lin(112, 112, 114), lin(140, 138, 134), 0.5 * fine + 0.5 * coarse)
        slab = (np.mod(gx / 9, 1) < 0.02) | (np.mod(gz / 9, 1) < 0.03)
        ground = np.where((slab & (t < 160))[..., None], ground * 0.7, ground)
    picture = np.where(down[..., None], ground, sky)
    return picture, down.astype(np.float32), light
