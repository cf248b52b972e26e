/** A place or direction in space: x to the right of who looks, y up, z towards them. Decimetres for places. */
export type Vector = readonly [x: number, y: number, z: number];

/** Three rows. */
export type Rotation = readonly [Vector, Vector, Vector];

export const unchanged: Rotation = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
];
export const xAxis: Vector = [1, 0, 0];
export const yAxis: Vector = [0, 1, 0];
export const zAxis: Vector = [0, 0, 1];

export const dot = (a: Vector, b: Vector): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
export const add = (a: Vector, b: Vector): Vector => [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
export const subtract = (a: Vector, b: Vector): Vector => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
export const times = (a: Vector, factor: number): Vector => [a[0] * factor, a[1] * factor, a[2] * factor];
export const length = (a: Vector): number => Math.hypot(a[0], a[1], a[2]);
export const unit = (a: Vector): Vector => times(a, 1 / (length(a) + 1e-12));
export const cross = (a: Vector, b: Vector): Vector => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];
export const apply = (rotation: Rotation, v: Vector): Vector => [
  dot(rotation[0], v),
  dot(rotation[1], v),
  dot(rotation[2], v),
];

/** First the last one. */
export function after(...rotations: readonly Rotation[]): Rotation {
  return rotations.reduce((a, b) => {
    const columns = [0, 1, 2].map((i): Vector => [b[0][i], b[1][i], b[2][i]]);
    const row = (r: Vector): Vector => [dot(r, columns[0]), dot(r, columns[1]), dot(r, columns[2])];
    return [row(a[0]), row(a[1]), row(a[2])];
  }, unchanged);
}

/** Rodrigues' formula: R = I + sin t [a]x + (1 - cos t) [a]x^2. */
export function rotation(axis: Vector, degrees: number): Rotation {
  const [x, y, z] = unit(axis);
  const t = (degrees * Math.PI) / 180;
  const [c, s] = [Math.cos(t), Math.sin(t)];
  const v = 1 - c;
  return [
    [c + x * x * v, x * y * v - z * s, x * z * v + y * s],
    [y * x * v + z * s, c + y * y * v, y * z * v - x * s],
    [z * x * v - y * s, z * y * v + x * s, c + z * z * v],
  ];
}

/** The shortest turn from one direction to another. */
export function swingBetween(a: Vector, b: Vector): Rotation {
  const axis = cross(a, b);
  const size = length(axis);
  return size < 1e-6 ? unchanged : rotation(axis, (Math.atan2(size, dot(a, b)) * 180) / Math.PI);
}
