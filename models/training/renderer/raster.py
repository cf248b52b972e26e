"""The rasteriser: skinning, normals, a z-buffer with a cut field per vertex, a shadow map and per-pixel shading (Numba).

Materials are rows of MATERIAL floats: 0-2 colour, 3-5 second colour, 6 kind (see SKIN...), 7 pattern, 8 pattern scale,
9 gloss, 10-12 lip / iris / sole / jacket lining colour (below 0: none), 13-15 brow colour (13: a jacket's gap), 16 age
lines, 17 depth of folds."""

import numba as nb
import numpy as np

MATERIAL = 18
SKIN, EYE, CLOTH, SHOE, HAIR, PROP = range(6)
PLAIN, STRIPED, CHECKED, DOTTED, DENIM, KNIT = range(6)
fast = nb.njit(cache=True, error_model="numpy")


@fast
def skin(rest, bones, weights, rotation, shift):
    out = np.empty_like(rest)
    for i in range(rest.shape[0]):
        x, y, z = rest[i, 0], rest[i, 1], rest[i, 2]
        px = py = pz = np.float32(0)
        for k in range(4):
            w = weights[i, k]
            if w > 0:
                b = bones[i, k]
                px += w * (rotation[b, 0, 0] * x + rotation[b, 0, 1] * y + rotation[b, 0, 2] * z + shift[b, 0])
                py += w * (rotation[b, 1, 0] * x + rotation[b, 1, 1] * y + rotation[b, 1, 2] * z + shift[b, 1])
                pz += w * (rotation[b, 2, 0] * x + rotation[b, 2, 1] * y + rotation[b, 2, 2] * z + shift[b, 2])
        out[i, 0], out[i, 1], out[i, 2] = px, py, pz
    return out


@fast
def normals(points, faces):
    out = np.zeros_like(points)
    for t in range(faces.shape[0]):
        a, b, c = faces[t, 0], faces[t, 1], faces[t, 2]
        ux, uy, uz = points[b, 0] - points[a, 0], points[b, 1] - points[a, 1], points[b, 2] - points[a, 2]
        vx, vy, vz = points[c, 0] - points[a, 0], points[c, 1] - points[a, 1], points[c, 2] - points[a, 2]
        nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        for k in (a, b, c):
            out[k, 0] += nx
            out[k, 1] += ny
            out[k, 2] += nz
    for i in range(out.shape[0]):
        n = np.sqrt(out[i, 0] ** 2 + out[i, 1] ** 2 + out[i, 2] ** 2) + 1e-12
        out[i, 0] /= n
        out[i, 1] /= n
        out[i, 2] /= n
    return out


@fast
def rasterise(screen, field, faces, two_sided, depth, face_of, bary):
    """screen: [V,3] x, y in pixels and depth; a pixel is drawn where the interpolated cut field is positive."""
    h, w = depth.shape
    for t in range(faces.shape[0]):
        a, b, c = faces[t, 0], faces[t, 1], faces[t, 2]
        ga, gb, gc = field[a], field[b], field[c]
        if ga <= 0 and gb <= 0 and gc <= 0:
            continue
        ax, ay, az = screen[a, 0], screen[a, 1], screen[a, 2]
        bx, by, bz = screen[b, 0], screen[b, 1], screen[b, 2]
        cx, cy, cz = screen[c, 0], screen[c, 1], screen[c, 2]
        if az < 1 or bz < 1 or cz < 1:
            continue
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if area > 0 and not two_sided[t]:
            continue
        if abs(area) < 1e-9:
            continue
        x0 = max(0, int(np.ceil(min(ax, bx, cx) - 0.5)))
        x1 = min(w - 1, int(np.floor(max(ax, bx, cx) - 0.5)))
        y0 = max(0, int(np.ceil(min(ay, by, cy) - 0.5)))
        y1 = min(h - 1, int(np.floor(max(ay, by, cy) - 0.5)))
        if x0 > x1 or y0 > y1:
            continue
        whole = ga > 0 and gb > 0 and gc > 0
        inv = 1.0 / area
        for y in range(y0, y1 + 1):
            py = y + 0.5
            for x in range(x0, x1 + 1):
                px = x + 0.5
                wb = ((px - ax) * (cy - ay) - (py - ay) * (cx - ax)) * inv
                wc = ((bx - ax) * (py - ay) - (by - ay) * (px - ax)) * inv
                wa = 1 - wb - wc
                if wa < 0 or wb < 0 or wc < 0:
                    continue
                z = wa * az + wb * bz + wc * cz
                if z >= depth[y, x]:
                    continue
                if not whole and wa * ga + wb * gb + wc * gc <= 0:
                    continue
                depth[y, x] = z
                face_of[y, x] = t
                bary[y, x, 0] = wb
                bary[y, x, 1] = wc


@fast
def rasterise_depth(screen, field, faces, two_sided, depth):
    h, w = depth.shape
    for t in range(faces.shape[0]):
        a, b, c = faces[t, 0], faces[t, 1], faces[t, 2]
        if field[a] + field[b] + field[c] <= 0:
            continue
        ax, ay, az = screen[a, 0], screen[a, 1], screen[a, 2]
        bx, by, bz = screen[b, 0], screen[b, 1], screen[b, 2]
        cx, cy, cz = screen[c, 0], screen[c, 1], screen[c, 2]
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if abs(area) < 1e-9 or (area > 0 and not two_sided[t]):  # faces turned to the light
            continue
        x0 = max(0, int(np.ceil(min(ax, bx, cx) - 0.5)))
        x1 = min(w - 1, int(np.floor(max(ax, bx, cx) - 0.5)))
        y0 = max(0, int(np.ceil(min(ay, by, cy) - 0.5)))
        y1 = min(h - 1, int(np.floor(max(ay, by, cy) - 0.5)))
        inv = 1.0 / area
        for y in range(y0, y1 + 1):
            py = y + 0.5
            for x in range(x0, x1 + 1):
                px = x + 0.5
                wb = ((px - ax) * (cy - ay) - (py - ay) * (cx - ax)) * inv
                wc = ((bx - ax) * (py - ay) - (by - ay) * (px - ax)) * inv
                wa = 1 - wb - wc
                if wa < 0 or wb < 0 or wc < 0:
                    continue
                z = wa * az + wb * bz + wc * cz
                if z < depth[y, x]:
                    depth[y, x] = z


@fast
def lit_share(shadow, sx, sy, sz, radius, bias):
    """Share of the shadow map's texels round a point that let the key light through, bilinear at the rim."""
    h, w = shadow.shape
    total = 0.0
    count = 0.0
    fx, fy = sx - 0.5, sy - 0.5
    ix, iy = int(np.floor(fx)), int(np.floor(fy))
    tx, ty = fx - ix, fy - iy
    for dy in range(-radius, radius + 2):
        wy = 1.0
        if dy == -radius:
            wy = 1 - ty
        elif dy == radius + 1:
            wy = ty
        for dx in range(-radius, radius + 2):
            wx = 1.0
            if dx == -radius:
                wx = 1 - tx
            elif dx == radius + 1:
                wx = tx
            y, x = iy + dy, ix + dx
            k = wx * wy
            count += k
            if y < 0 or x < 0 or y >= h or x >= w or sz - bias < shadow[y, x]:
                total += k
    return total / count


LATTICE = np.random.default_rng(7).random((32, 32, 32)).astype(np.float32)


@fast
def value_noise(x, y, z):
    """Smooth noise in 0..1 on a lattice that repeats every 32."""
    ix, iy, iz = int(np.floor(x)), int(np.floor(y)), int(np.floor(z))
    fx, fy, fz = x - ix, y - iy, z - iz
    fx, fy, fz = fx * fx * (3 - 2 * fx), fy * fy * (3 - 2 * fy), fz * fz * (3 - 2 * fz)
    x0, y0, z0 = ix & 31, iy & 31, iz & 31
    x1, y1, z1 = (ix + 1) & 31, (iy + 1) & 31, (iz + 1) & 31
    a = LATTICE[x0, y0, z0] * (1 - fz) + LATTICE[x0, y0, z1] * fz
    b = LATTICE[x0, y1, z0] * (1 - fz) + LATTICE[x0, y1, z1] * fz
    c = LATTICE[x1, y0, z0] * (1 - fz) + LATTICE[x1, y0, z1] * fz
    d = LATTICE[x1, y1, z0] * (1 - fz) + LATTICE[x1, y1, z1] * fz
    return (a * (1 - fy) + b * fy) * (1 - fx) + (c * (1 - fy) + d * fy) * fx


@fast
def around(x, y, z, on_arm, along):
    """Decimetres round the torso, a leg or an arm of the base mesh, for patterns."""
    if on_arm > 0.5:
        side = abs(x)
        dx, dy = side - 1.68, y - 5.25
        if along > 2.9:  # upper arm: along counts down from the shoulder
            return 0.5 * np.arctan2(0.77 * dx + 0.63 * dy, z - 0.14)
        t = 2.95 - along
        return 0.42 * np.arctan2(0.66 * (side - 3.13) + 0.75 * (y - 3.49 + 0.46 * t) - 0.34 * t, z - 0.13 - 0.72 * t)
    if y < -0.3 and abs(x) > 0.05:
        return 0.95 * np.arctan2(abs(x) - 1.35 + 0.08 * y, z - 0.1)
    return 1.45 * np.arctan2(x, z - 0.1)


RING = np.array([[np.cos(a) * r, np.sin(a) * r] for a, r in zip(np.arange(12) * 2.4, np.linspace(0.25, 1.0, 12))])


@fast
def occlusion_at(depth, y, x, reach):
    """How much nearer things within a decimetre hide a sample, 0..1."""
    h, w = depth.shape
    here = depth[y, x]
    radius = max(2.0, min(28.0, 1.1 * reach / here))
    total = 0.0
    for i in range(12):
        yy, xx = int(y + RING[i, 1] * radius), int(x + RING[i, 0] * radius)
        if 0 <= yy < h and 0 <= xx < w:
            d = here - depth[yy, xx]
            if d > 0.12:
                total += min(1.0, (d - 0.12) * 2.5) * max(0.0, 1 - d / 2.2)
    return min(1.0, total / 7.0)


@fast
def shade(depth, face_of, bary, faces, face_material, materials, world, normal, rest, along, limb, cut, eye, key, key_colour,
          fill, fill_colour, sky, floor, shadow, to_light, reach, noise_seed, factor, people, out, alpha, matte):  # fmt: skip
    """Shade every sample and average factor x factor of them: out [h,w,3] is premultiplied by alpha [h,w].

    reach: pixels a decimetre covers at depth 1, for the ambient occlusion; materials below `people` count as matte."""
    h, w = alpha.shape
    part = 1.0 / (factor * factor)
    for y in range(h):
        for x in range(w):
            r = g = b = cover = mine = 0.0
            hollow = -1.0
            for sub in range(factor * factor):
                yy, xx = y * factor + sub // factor, x * factor + sub % factor
                t = face_of[yy, xx]
                if t < 0:
                    continue
                if hollow < 0:
                    hollow = occlusion_at(depth, yy, xx, reach)
                wb, wc = bary[yy, xx, 0], bary[yy, xx, 1]
                wa = 1 - wb - wc
                i, j, k = faces[t, 0], faces[t, 1], faces[t, 2]
                px = wa * world[i, 0] + wb * world[j, 0] + wc * world[k, 0]
                py = wa * world[i, 1] + wb * world[j, 1] + wc * world[k, 1]
                pz = wa * world[i, 2] + wb * world[j, 2] + wc * world[k, 2]
                nx = wa * normal[i, 0] + wb * normal[j, 0] + wc * normal[k, 0]
                ny = wa * normal[i, 1] + wb * normal[j, 1] + wc * normal[k, 1]
                nz = wa * normal[i, 2] + wb * normal[j, 2] + wc * normal[k, 2]
                qx = wa * rest[i, 0] + wb * rest[j, 0] + wc * rest[k, 0]
                qy = wa * rest[i, 1] + wb * rest[j, 1] + wc * rest[k, 1]
                qz = wa * rest[i, 2] + wb * rest[j, 2] + wc * rest[k, 2]
                s = wa * along[i] + wb * along[j] + wc * along[k]
                hem = wa * cut[i] + wb * cut[j] + wc * cut[k]
                on_arm = wa * limb[i] + wb * limb[j] + wc * limb[k]
                m = materials[face_material[t]]
                kind = int(m[6])
                vx, vy, vz = eye[0] - px, eye[1] - py, eye[2] - pz
                n = np.sqrt(vx * vx + vy * vy + vz * vz)
                vx, vy, vz = vx / n, vy / n, vz / n
                n = np.sqrt(nx * nx + ny * ny + nz * nz) + 1e-9
                nx, ny, nz = nx / n, ny / n, nz / n
                if nx * vx + ny * vy + nz * vz < 0 and kind != SKIN:
                    nx, ny, nz = -nx, -ny, -nz
                cr, cg, cb = m[0], m[1], m[2]
                gloss = m[9]
                if kind == SKIN:
                    if qz > 0.9 and qy > 6.2:
                        ax_ = abs(qx)
                        # lips
                        d = ((qx / 0.27) ** 2 + ((qy - 6.60 + 0.06 * (qx / 0.27) ** 2 * -1) / 0.105) ** 2)
                        if d < 1.25 and qz > 1.2:
                            f = min(1.0, (1.25 - d) * 3)
                            cr += f * (m[10] - cr)
                            cg += f * (m[11] - cg)
                            cb += f * (m[12] - cb)
                            if abs(qy - 6.60 + 0.05 * (qx / 0.27) ** 2 * -1) < 0.016:
                                cr, cg, cb = cr * 0.55, cg * 0.5, cb * 0.5
                        # brows
                        line = 7.50 + 0.05 * (1 - ((ax_ - 0.36) / 0.22) ** 2)
                        if 0.12 < ax_ < 0.60 and abs(qy - line) < 0.05:
                            f = 0.85 * min(1.0, (0.05 - abs(qy - line)) * 40)
                            cr += f * (m[13] - cr)
                            cg += f * (m[14] - cg)
                            cb += f * (m[15] - cb)
                        # the rim of the eyes
                        dx, dy = (ax_ - 0.32) / 0.2, (qy - 7.29) / 0.1
                        d = dx * dx + dy * dy
                        if d < 1.3:
                            f = 0.45 * min(1.0, (1.3 - d) * 1.5)
                            cr, cg, cb = cr * (1 - f), cg * (1 - f), cb * (1 - f)
                        dx, dy = (ax_ - 0.5) / 0.25, (qy - 6.85) / 0.25
                        d = dx * dx + dy * dy
                        if d < 1:
                            cr += (1 - d) * 0.05
                        # the nose's tip, warmer than the rest
                        dx, dy = qx / 0.2, (qy - 6.98) / 0.22
                        d = dx * dx + dy * dy
                        if d < 1:
                            cr, cg, cb = cr * (1 + 0.06 * (1 - d)), cg * (1 - 0.1 * (1 - d)), cb * (1 - 0.1 * (1 - d))
                    if m[16] > 0 and qy > 6:
                        f = m[16] * (value_noise(qx * 9, qy * 14, qz * 9) - 0.5) * 0.22
                        cr, cg, cb = cr * (1 + f), cg * (1 + f), cb * (1 + f)
                elif kind == EYE:
                    dx, dy = abs(qx) - 0.315, qy - 7.285
                    d = np.sqrt(dx * dx + dy * dy)
                    if qz > 1.2 and d < 0.1:
                        cr, cg, cb = m[10], m[11], m[12]
                        if d < 0.045:
                            cr, cg, cb = 0.02, 0.02, 0.02
                elif kind == CLOTH:
                    # folds
                    e = 0.08
                    f0 = value_noise(qx * 1.6 + noise_seed, qy * 1.1, qz * 1.6) + 0.5 * value_noise(qx * 4, qy * 3 + noise_seed, qz * 4)
                    f1 = value_noise((qx + e) * 1.6 + noise_seed, qy * 1.1, qz * 1.6) + 0.5 * value_noise((qx + e) * 4, qy * 3 + noise_seed, qz * 4)
                    f2 = value_noise(qx * 1.6 + noise_seed, (qy + e) * 1.1, qz * 1.6) + 0.5 * value_noise(qx * 4, (qy + e) * 3 + noise_seed, qz * 4)
                    nx -= m[17] * (f1 - f0) / e
                    ny -= m[17] * (f2 - f0) / e
                    n = np.sqrt(nx * nx + ny * ny + nz * nz) + 1e-9
                    nx, ny, nz = nx / n, ny / n, nz / n
                    pattern, scale = int(m[7]), m[8]
                    other = 0.0
                    if pattern == STRIPED:
                        u = s / scale
                        other = 1.0 if u - np.floor(u) < 0.5 else 0.0
                    elif pattern == CHECKED:
                        u, v = s / scale, around(qx, qy, qz, on_arm, s) / scale
                        other = 0.5 * (1.0 if u - np.floor(u) < 0.5 else 0.0) + 0.5 * (1.0 if v - np.floor(v) < 0.5 else 0.0)
                    elif pattern == DOTTED:
                        u, v = s / scale, around(qx, qy, qz, on_arm, s) / scale
                        v += 0.5 * (np.floor(u) % 2)
                        u, v = u - np.floor(u) - 0.5, v - np.floor(v) - 0.5
                        other = 1.0 if u * u + v * v < 0.07 else 0.0
                    elif pattern == DENIM:
                        f = 0.85 + 0.3 * value_noise(qx * 14, qy * 5, qz * 14)
                        cr, cg, cb = cr * f, cg * f, cb * f
                    elif pattern == KNIT:
                        f = 0.9 + 0.1 * np.sin(s * 60)
                        cr, cg, cb = cr * f, cg * f, cb * f
                    if other > 0:
                        cr += other * (m[3] - cr)
                        cg += other * (m[4] - cg)
                        cb += other * (m[5] - cb)
                    if m[10] >= 0 and qz > 0 and on_arm < 0.3:  # a jacket's front: the shirt beneath, or a zip
                        gap = m[13] * (0.35 + 0.14 * qy)
                        if abs(qx) < gap:
                            cr, cg, cb = m[10], m[11], m[12]
                            f = min(1.0, 0.55 + (gap - abs(qx)) * 2.5) if m[13] > 0.1 else 1.0
                            cr, cg, cb = cr * f, cg * f, cb * f
                        elif m[13] > 0.1 and abs(qx) < gap + 0.05:
                            cr, cg, cb = cr * 0.7, cg * 0.7, cb * 0.7
                    if hem < 0.07:
                        cr, cg, cb = cr * 0.82, cg * 0.82, cb * 0.82
                elif kind == SHOE:
                    if qy < -7.98:
                        cr, cg, cb = m[10], m[11], m[12]
                elif kind == HAIR:
                    turn = np.arctan2(qx, 0.3 - qz) if qy < 8.2 else np.arctan2(qx, 8.9 - qy)
                    f = 0.62 + 0.5 * value_noise(turn * 11, qy * 1.1, 0.0) + 0.25 * value_noise(turn * 27, qy * 1.7 + qz, 4.0)
                    if m[7] > 0:
                        f = 0.6 + 0.7 * value_noise(qx * 9, qy * 9, qz * 9)
                        nx += 1.2 * (value_noise(qx * 9 + 0.4, qy * 9, qz * 9) - value_noise(qx * 9 - 0.4, qy * 9, qz * 9))
                        ny += 1.2 * (value_noise(qx * 9, qy * 9 + 0.4, qz * 9) - value_noise(qx * 9, qy * 9 - 0.4, qz * 9))
                        n = np.sqrt(nx * nx + ny * ny + nz * nz) + 1e-9
                        nx, ny, nz = nx / n, ny / n, nz / n
                    cr, cg, cb = cr * f, cg * f, cb * f
                lambert = nx * key[0] + ny * key[1] + nz * key[2]
                diffuse = max(0.0, lambert)
                if kind == SKIN:
                    diffuse = max(0.0, (lambert + 0.2) / 1.2)
                if diffuse > 0:
                    lx = to_light[0, 0] * px + to_light[0, 1] * py + to_light[0, 2] * pz + to_light[0, 3]
                    ly = to_light[1, 0] * px + to_light[1, 1] * py + to_light[1, 2] * pz + to_light[1, 3]
                    lz = to_light[2, 0] * px + to_light[2, 1] * py + to_light[2, 2] * pz
                    diffuse *= 0.12 + 0.88 * lit_share(shadow, lx, ly, lz, 1, 0.35 + 0.25 * (1 - abs(lambert)))
                second = max(0.0, nx * fill[0] + ny * fill[1] + nz * fill[2])
                up = 0.5 + 0.5 * ny
                occlusion = 0.65 + 0.35 * min(1.0, max(0.0, py / 3.0)) if ny < 0.3 else 1.0
                occlusion *= 1 - 0.75 * hollow
                diffuse *= 1 - 0.3 * hollow
                second = second * (1 - 0.6 * hollow)
                hx, hy, hz = key[0] + vx, key[1] + vy, key[2] + vz
                n = np.sqrt(hx * hx + hy * hy + hz * hz) + 1e-9
                spec = max(0.0, (nx * hx + ny * hy + nz * hz) / n)
                spec = gloss * spec ** (60 if kind == EYE else 22) * (diffuse > 0.05)
                rim = 1 - max(0.0, nx * vx + ny * vy + nz * vz)
                rim = 1 - 0.28 * rim * rim * rim
                red = 1.0
                if kind == SKIN:  # light goes a little way through skin: warm where the lit side turns away
                    red += 0.35 * max(0.0, 1 - abs(lambert - 0.05) * 3) * (diffuse + 0.3)
                lr = red * diffuse * key_colour[0] + second * fill_colour[0] + occlusion * (up * sky[0] + (1 - up) * floor[0])
                lg = diffuse * key_colour[1] + second * fill_colour[1] + occlusion * (up * sky[1] + (1 - up) * floor[1])
                lb = diffuse * key_colour[2] + second * fill_colour[2] + occlusion * (up * sky[2] + (1 - up) * floor[2])
                r += (cr * lr * rim + spec * key_colour[0]) * part
                g += (cg * lg * rim + spec * key_colour[1]) * part
                b += (cb * lb * rim + spec * key_colour[2]) * part
                cover += part
                if face_material[t] < people:
                    mine += part
            out[y, x, 0] = r
            out[y, x, 1] = g
            out[y, x, 2] = b
            alpha[y, x] = cover
            matte[y, x] = mine


@fast
def ground_light(eye, forward, up, right, focal, cx, cy, shadow, to_light, contact, contact_scale, out):
    """Per pixel of the ground: share of key light (soft) and nearness of something above (contact)."""
    h, w = out.shape[0], out.shape[1]
    n = contact.shape[0]
    for y in range(h):
        for x in range(w):
            dx, dy = (x + 0.5 - cx) / focal, -(y + 0.5 - cy) / focal
            rx = forward[0] + dx * right[0] + dy * up[0]
            ry = forward[1] + dx * right[1] + dy * up[1]
            rz = forward[2] + dx * right[2] + dy * up[2]
            out[y, x, 0] = 1.0
            out[y, x, 1] = 0.0
            if ry >= -1e-4:
                continue
            t = -eye[1] / ry
            px, pz = eye[0] + t * rx, eye[2] + t * rz
            lx = to_light[0, 0] * px + to_light[0, 2] * pz + to_light[0, 3]
            ly = to_light[1, 0] * px + to_light[1, 2] * pz + to_light[1, 3]
            lz = to_light[2, 0] * px + to_light[2, 2] * pz
            if -6 < lx < shadow.shape[1] + 6 and -6 < ly < shadow.shape[0] + 6:
                out[y, x, 0] = lit_share(shadow, lx, ly, lz, 3, 0.15)
            gx, gz = px / contact_scale + n / 2, pz / contact_scale + n / 2
            if 1 <= gx < n - 2 and 1 <= gz < n - 2:
                ix, iz = int(gx), int(gz)
                fx, fz = gx - ix, gz - iz
                out[y, x, 1] = ((contact[iz, ix] * (1 - fx) + contact[iz, ix + 1] * fx) * (1 - fz)
                                + (contact[iz + 1, ix] * (1 - fx) + contact[iz + 1, ix + 1] * fx) * fz)  # fmt: skip


@fast
def contact_map(points, field, faces, n, scale):
    """A top view of what is close above the ground, blurred: darkness 0..1."""
    raw = np.zeros((n, n), np.float32)
    for t in range(faces.shape[0]):
        a, b, c = faces[t, 0], faces[t, 1], faces[t, 2]
        if field[a] + field[b] + field[c] <= 0:
            continue
        y = (points[a, 1] + points[b, 1] + points[c, 1]) / 3
        if y > 4:
            continue
        x = int((points[a, 0] + points[b, 0] + points[c, 0]) / 3 / scale + n / 2)
        z = int((points[a, 2] + points[b, 2] + points[c, 2]) / 3 / scale + n / 2)
        if 0 <= x < n and 0 <= z < n:
            d = np.exp(-y / 1.1)
            if d > raw[z, x]:
                raw[z, x] = d
    for _ in range(3):
        copy = raw.copy()
        for z in range(1, n - 1):
            for x in range(1, n - 1):
                raw[z, x] = (4 * copy[z, x] + 2 * (copy[z - 1, x] + copy[z + 1, x] + copy[z, x - 1] + copy[z, x + 1])
                             + copy[z - 1, x - 1] + copy[z - 1, x + 1] + copy[z + 1, x - 1] + copy[z + 1, x + 1]) / 16  # fmt: skip
    return raw


def tone_table():
    """Linear 0..2 in steps of 1/4096 -> sRGB byte; a soft shoulder keeps lit skin and white cloth from burning out."""
    v = (np.arange(8192) + 0.5) / 4096
    v = np.where(v > 0.7, 0.7 + 0.3 * np.tanh((v - 0.7) / 0.3), v)
    return (255 * v ** (1 / 2.2) + 0.5).astype(np.uint8)


TONE = tone_table()


@fast
def compose(out, alpha, picture, floor, ground, shadow_strength, image):
    """Lay the people over the shadowed background; linear light -> sRGB bytes."""
    h, w = alpha.shape
    for y in range(h):
        for x in range(w):
            dark = (1 - shadow_strength * (1 - ground[y, x, 0])) * (1 - 0.55 * min(1.0, ground[y, x, 1]))
            dark = (1 - (1 - dark) * floor[y, x]) * (1 - alpha[y, x])
            up, down, left, right = max(0, y - 1), min(h - 1, y + 1), max(0, x - 1), min(w - 1, x + 1)
            for c in range(3):
                v = out[y, x, c]
                if dark > 0:  # the background a little out of focus, which also smooths its edges
                    v += dark * (0.25 * picture[y, x, c]
                                 + 0.125 * (picture[up, x, c] + picture[down, x, c] + picture[y, left, c] + picture[y, right, c])
                                 + 0.0625 * (picture[up, left, c] + picture[up, right, c] + picture[down, left, c] + picture[down, right, c]))  # fmt: skip
                image[y, x, c] = TONE[int(min(1.999, max(0.0, v)) * 4096)]
