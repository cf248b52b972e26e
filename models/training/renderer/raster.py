"""The rasteriser: skinning, normals, a z-buffer with a cut field per vertex, a shadow map and per-pixel shading (Numba).

Materials are rows of MATERIAL floats: 0-2 colour, 3-5 second colour, 6 kind (see SKIN...), 7 pattern, 8 pattern scale,
9 gloss, 10-12 lip / iris / sole colour, 13-15 brow colour, 16 age lines, 17 rim."""

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
def shade(depth, face_of, bary, faces, face_material, materials, world, normal, rest, along, eye, key, key_colour, fill,
          fill_colour, sky, floor, shadow, to_light, texel, noise_seed, factor, out, alpha):  # fmt: skip
    """Shade every sample and average factor x factor of them: out [h,w,3] is premultiplied by alpha [h,w]."""
    h, w = alpha.shape
    part = 1.0 / (factor * factor)
    for y in range(h):
        for x in range(w):
            r = g = b = cover = 0.0
            for sub in range(factor * factor):
                yy, xx = y * factor + sub // factor, x * factor + sub % factor
                t = face_of[yy, xx]
                if t < 0:
                    continue
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
                        u, v = s / scale, (qx + 0.6 * qz) / scale
                        other = 0.5 * (1.0 if u - np.floor(u) < 0.5 else 0.0) + 0.5 * (1.0 if v - np.floor(v) < 0.5 else 0.0)
                    elif pattern == DOTTED:
                        u, v = s / scale, (qx + 0.6 * qz) / scale
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
                    if m[10] >= 0 and qz > 0 and abs(qx) < 0.07 and qy > 0.3:  # a jacket's front edge
                        cr, cg, cb = m[10], m[11], m[12]
                elif kind == SHOE:
                    if qy < -7.98:
                        cr, cg, cb = m[10], m[11], m[12]
                elif kind == HAIR:
                    f = 0.72 + 0.5 * value_noise(qx * 16 + 3 * np.arctan2(qx, -qz + 0.3), qy * 2.2, qz * 16)
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
                hx, hy, hz = key[0] + vx, key[1] + vy, key[2] + vz
                n = np.sqrt(hx * hx + hy * hy + hz * hz) + 1e-9
                spec = max(0.0, (nx * hx + ny * hy + nz * hz) / n)
                spec = gloss * spec ** (60 if kind == EYE else 22) * (diffuse > 0.05)
                rim = 1 - max(0.0, nx * vx + ny * vy + nz * vz)
                rim = 1 - 0.28 * rim * rim * rim
                lr = diffuse * key_colour[0] + second * fill_colour[0] + occlusion * (up * sky[0] + (1 - up) * floor[0])
                lg = diffuse * key_colour[1] + second * fill_colour[1] + occlusion * (up * sky[1] + (1 - up) * floor[1])
                lb = diffuse * key_colour[2] + second * fill_colour[2] + occlusion * (up * sky[2] + (1 - up) * floor[2])
                r += (cr * lr * rim + spec * key_colour[0]) * part
                g += (cg * lg * rim + spec * key_colour[1]) * part
                b += (cb * lb * rim + spec * key_colour[2]) * part
                cover += part
            out[y, x, 0] = r
            out[y, x, 1] = g
            out[y, x, 2] = b
            alpha[y, x] = cover


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
