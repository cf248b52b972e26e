import {
  BufferAttribute,
  BufferGeometry,
  Group,
  LatheGeometry,
  Matrix4,
  Mesh,
  MeshStandardMaterial,
  SphereGeometry,
  Vector2,
} from 'three';
import { extremities } from '../figure/body-volume.ts';
import {
  apart,
  type BodyFrame,
  chestFrame,
  type Figure,
  figureScale,
  frameOf,
  halfway,
  headFrame,
  limbChains,
  neckOfFigure,
  pelvisFrame,
  pelvisOfFigure,
  proportions,
} from '../figure/figure.ts';
import { add, cross, dot, length, subtract, times, unit, type Vector } from '../library/space.ts';

/** Along a limb of length 1 and its radius there, decimetres: an adult's, rounded. */
type Profile = readonly (readonly [along: number, radius: number])[];
const profiles = {
  thigh: [
    [0, 0.86],
    [0.12, 0.87],
    [0.35, 0.79],
    [0.65, 0.64],
    [0.9, 0.53],
    [1, 0.5],
  ],
  shin: [
    [0, 0.5],
    [0.12, 0.5],
    [0.3, 0.57],
    [0.45, 0.53],
    [0.7, 0.39],
    [0.9, 0.3],
    [1, 0.29],
  ],
  upperArm: [
    [0, 0.5],
    [0.2, 0.5],
    [0.5, 0.45],
    [0.85, 0.36],
    [1, 0.35],
  ],
  forearm: [
    [0, 0.36],
    [0.2, 0.41],
    [0.45, 0.37],
    [0.8, 0.26],
    [1, 0.23],
  ],
  neck: [
    [0, 0.5],
    [0.4, 0.45],
    [1, 0.45],
  ],
} satisfies Record<string, Profile>;

/** Rings of the torso: along it from the hips (0) to the shoulders (1), half width, half depth, how far forward. */
const torsoRings: readonly (readonly [number, number, number, number])[] = [
  [-0.26, 0.3, 0.35, 0],
  [-0.22, 0.95, 0.75, -0.02],
  [-0.1, 1.55, 1.02, -0.08],
  [0.03, 1.66, 1.06, -0.08],
  [0.15, 1.5, 0.96, 0],
  [0.3, 1.28, 0.84, 0.05],
  [0.4, 1.25, 0.83, 0.05],
  [0.55, 1.42, 0.93, 0.05],
  [0.7, 1.66, 1.06, 0.06],
  [0.82, 1.8, 1.02, 0.02],
  [0.92, 1.72, 0.82, -0.04],
  [0.99, 1.35, 0.66, -0.06],
  [1.05, 0.8, 0.55, -0.05],
  [1.12, 0.46, 0.46, 0],
];
const around = 28;

const sphere = new SphereGeometry(1, 28, 20);
const lathes = new Map<string, LatheGeometry>(
  Object.entries(profiles).map(([name, profile]) => [
    name,
    new LatheGeometry(
      profile.map(([along, radius]) => new Vector2(radius, along)),
      around,
    ),
  ]),
);

/** A person as an artist's mannequin: skin over limbs, darker balls in the joints. Its shapes are shared by all. */
export class MannequinModel {
  readonly group = new Group();
  private readonly skin = new MeshStandardMaterial({ roughness: 0.62, metalness: 0 });
  private readonly ball = new MeshStandardMaterial({ roughness: 0.5, metalness: 0 });
  private readonly feature = new MeshStandardMaterial({ roughness: 0.35, metalness: 0 });
  private readonly meshes = new Map<string, Mesh>();
  private readonly torso = torsoGeometry();

  constructor() {
    this.mesh('torso', this.torso, this.skin);
  }

  /** @param isActive the person under the hands, brighter than others */
  update(figure: Figure, isActive: boolean): void {
    this.skin.color.set(isActive ? '#e3d5c3' : '#9b9aa6');
    this.ball.color.set(isActive ? '#b79f86' : '#7c7b88');
    this.feature.color.set('#3a332e');
    const s = figureScale(figure);
    const [chest, pelvis, skull] = [chestFrame(figure), pelvisFrame(figure), headFrame(figure)];
    const { fingers, toes } = extremities(figure);
    this.bendTorso(figure, s, pelvis, chest);
    limbChains.forEach(({ root, middle, end, isArm }, i) => {
      const [a, b, c] = [figure[root], figure[middle], figure[end]];
      const names = isArm ? (['upperArm', 'forearm'] as const) : (['thigh', 'shin'] as const);
      const frame = isArm ? chest : pelvis;
      this.limb(`${names[0]}${i}`, names[0], a, b, s, frame);
      this.limb(`${names[1]}${i}`, names[1], b, c, s, frame);
      this.dot(`root${i}`, a, (isArm ? 0.56 : 0.88) * s, this.skin);
      this.dot(`middle${i}`, b, (isArm ? 0.375 : 0.535) * s, this.ball);
      this.dot(`end${i}`, c, (isArm ? 0.26 : 0.33) * s, this.ball);
      if (isArm) this.hand(i, figure, s, fingers[i], chest);
      else this.foot(i, figure, s, toes[i - 2]);
    });
    this.head(figure, s, skull);
  }

  dispose(): void {
    this.torso.dispose();
    for (const material of [this.skin, this.ball, this.feature]) material.dispose();
  }

  private mesh(name: string, geometry: BufferGeometry, material: MeshStandardMaterial): Mesh {
    let mesh = this.meshes.get(name);
    if (!mesh) {
      mesh = new Mesh(geometry, material);
      mesh.castShadow = true;
      mesh.receiveShadow = true;
      mesh.matrixAutoUpdate = false;
      this.meshes.set(name, mesh);
      this.group.add(mesh);
    }
    return mesh;
  }

  /** A shape of size 1, stretched along three directions. */
  private put(
    name: string,
    geometry: BufferGeometry,
    material: MeshStandardMaterial,
    at: Vector,
    x: Vector,
    y: Vector,
    z: Vector,
  ): void {
    const mesh = this.mesh(name, geometry, material);
    mesh.matrix.copy(
      new Matrix4().set(
        x[0],
        y[0],
        z[0],
        at[0],
        x[1],
        y[1],
        z[1],
        at[1],
        x[2],
        y[2],
        z[2],
        at[2],
        0,
        0,
        0,
        1,
      ),
    );
    mesh.matrixWorldNeedsUpdate = true;
  }

  private dot(name: string, at: Vector, radius: number, material: MeshStandardMaterial): void {
    this.put(name, sphere, material, at, [radius, 0, 0], [0, radius, 0], [0, 0, radius]);
  }

  private limb(
    name: string,
    shape: keyof typeof profiles,
    from: Vector,
    to: Vector,
    s: number,
    { left, forward }: BodyFrame,
  ): void {
    const along = subtract(to, from);
    const frame = frameOf(Math.abs(dot(unit(along), left)) < 0.9 ? left : forward, along);
    this.put(name, lathes.get(shape)!, this.skin, from, times(frame.left, s), along, times(frame.forward, s));
  }

  private ellipsoid(
    name: string,
    at: Vector,
    { left, up, forward }: BodyFrame,
    [x, y, z]: Vector,
    material = this.skin,
  ): void {
    this.put(name, sphere, material, at, times(left, x), times(up, y), times(forward, z));
  }

  /** A mitten with a thumb: flat across the way in which the arm bends. */
  private hand(i: number, figure: Figure, s: number, fingers: Vector, chest: BodyFrame): void {
    const { root, middle, end } = limbChains[i];
    const along = subtract(fingers, figure[end]);
    const upper = subtract(figure[middle], figure[root]);
    const fore = subtract(figure[end], figure[middle]);
    const hinge = cross(upper, fore);
    const bends = length(hinge) > 0.15 * length(upper) * length(fore);
    const frame = frameOf(bends ? hinge : chest.forward, along);
    // The thumb is on the side that looks forward.
    const palm = add(figure[end], times(along, 0.5));
    this.ellipsoid(`palm${i}`, palm, frame, [0.36 * s, 0.5 * s, 0.17 * s]);
    this.ellipsoid(`fingers${i}`, add(figure[end], times(along, 1.15)), frame, [
      0.27 * s,
      0.52 * s,
      0.13 * s,
    ]);
    const out = times(frame.left, dot(frame.left, chest.forward) >= 0 ? 1 : -1);
    const way = unit(add(times(out, 0.75), unit(along)));
    const tilted = frameOf(frame.forward, way);
    this.ellipsoid(`thumb${i}`, add(add(figure[end], times(along, 0.42)), times(out, 0.34 * s)), tilted, [
      0.13 * s,
      0.36 * s,
      0.13 * s,
    ]);
  }

  private foot(i: number, figure: Figure, s: number, toes: Vector): void {
    const { middle, end } = limbChains[i];
    const along = unit(subtract(toes, figure[end]));
    const shin = unit(subtract(figure[middle], figure[end]));
    const left = cross(shin, along);
    const frame = frameOf(left, cross(along, left));
    const sole = times(frame.up, -0.22 * s);
    this.ellipsoid(`foot${i}`, add(add(figure[end], times(along, 0.55 * s)), sole), frame, [
      0.4 * s,
      0.27 * s,
      1.0 * s,
    ]);
    this.ellipsoid(
      `heel${i}`,
      add(add(figure[end], times(along, -0.18 * s)), times(frame.up, -0.12 * s)),
      frame,
      [0.34 * s, 0.38 * s, 0.42 * s],
    );
  }

  private head(figure: Figure, s: number, skull: BodyFrame): void {
    const ears = halfway(figure[3], figure[4]);
    const at = (x: number, y: number, z: number): Vector =>
      add(add(ears, times(skull.left, x * s)), add(times(skull.up, y * s), times(skull.forward, z * s)));
    this.limb(
      'neck',
      'neck',
      add(neckOfFigure(figure), times(skull.up, 0.1 * s)),
      at(0, -0.25, -0.1),
      s,
      skull,
    );
    this.ellipsoid('cranium', at(0, 0.33, 0.02), skull, [0.77 * s, 0.93 * s, 0.95 * s]);
    this.ellipsoid('jaw', at(0, -0.33, 0.3), skull, [0.56 * s, 0.62 * s, 0.62 * s]);
    this.ellipsoid('nose', at(0, -0.08, 0.98), skull, [0.11 * s, 0.2 * s, 0.16 * s]);
    for (const [name, x] of [
      ['left', 1],
      ['right', -1],
    ] as const) {
      this.ellipsoid(
        `${name}Eye`,
        at(x * 0.3, 0.16, 0.87),
        skull,
        [0.1 * s, 0.065 * s, 0.06 * s],
        this.feature,
      );
      this.ellipsoid(`${name}Ear`, at(x * 0.77, 0.02, -0.02), skull, [0.08 * s, 0.24 * s, 0.15 * s]);
    }
  }

  /** Rings from hips to neck that turn from the hips' way to the shoulders'. */
  private bendTorso(figure: Figure, s: number, pelvis: BodyFrame, chest: BodyFrame): void {
    const [from, to] = [pelvisOfFigure(figure), neckOfFigure(figure)];
    const hips = Math.max(0.6, apart(figure[11], figure[12]) / (proportions.hips * s));
    const shoulders = Math.max(0.6, apart(figure[5], figure[6]) / (proportions.shoulders * s));
    const places = this.torso.getAttribute('position') as BufferAttribute;
    torsoRings.forEach(([along, width, depth, before], ring) => {
      const share = Math.max(0, Math.min(1, along));
      const left = unit(add(times(pelvis.left, 1 - share), times(chest.left, share)));
      const { forward } = frameOf(left, chest.up);
      const wide = width * s * (hips * (1 - share) + shoulders * share);
      const middle = add(add(from, times(subtract(to, from), along)), times(forward, before * s));
      for (let i = 0; i < around; i++) {
        const angle = (i / around) * 2 * Math.PI;
        const [c, d] = [Math.cos(angle), Math.sin(angle)];
        // Between an ellipse and a box: a rib cage is flatter than round.
        const square = 1 / (Math.abs(c) ** 2.6 + Math.abs(d) ** 2.6) ** (1 / 2.6);
        const place = add(
          add(middle, times(left, c * square * wide)),
          times(forward, d * square * depth * s),
        );
        places.setXYZ(ring * around + i, ...place);
      }
    });
    places.needsUpdate = true;
    this.torso.computeVertexNormals();
    this.torso.computeBoundingSphere();
  }
}

/** A closed tube of rings; where they lie is told later. */
function torsoGeometry(): BufferGeometry {
  const geometry = new BufferGeometry();
  const rings = torsoRings.length;
  geometry.setAttribute('position', new BufferAttribute(new Float32Array(rings * around * 3), 3));
  const triangles: number[] = [];
  for (let ring = 0; ring + 1 < rings; ring++) {
    for (let i = 0; i < around; i++) {
      const [a, b] = [ring * around + i, ring * around + ((i + 1) % around)];
      triangles.push(a, a + around, b, b, a + around, b + around);
    }
  }
  for (let i = 1; i + 1 < around; i++) triangles.push(0, i, i + 1);
  geometry.setIndex(triangles);
  return geometry;
}
