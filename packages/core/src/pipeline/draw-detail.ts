import {
  cropRaster,
  type Raster,
  type Rectangle,
  resizeRaster,
  TileBlender,
  tensorToRaster,
  tilesOf,
} from '../image/index.ts';
import { movePose, scalePoses } from '../pose/index.ts';
import { float32, normalNoise } from '../tensor/index.ts';
import { type Canvas, prepareCanvas } from './canvas.ts';
import { decodeTensor } from './decode-picture.ts';
import type { GenerationContext } from './generation-context.ts';
import { type PoseConditioning, preparePose } from './prepare-pose.ts';
import type { ResolvedRequest } from './resolve-request.ts';
import { sampleLatents } from './sample-latents.ts';

/** How a detail pass cuts the enlarged picture. */
export function detailTiles(
  request: ResolvedRequest,
  { nativeSize, latents }: GenerationContext['config'],
  multiple: number,
):
  | {
      readonly width: number;
      readonly height: number;
      readonly overlap: number;
      readonly tiles: readonly Rectangle[];
    }
  | undefined {
  const { detail } = request;
  if (!detail) return undefined;
  const width = request.width * detail.scale;
  const height = request.height * detail.scale;
  const stated = detail.tile ?? Math.min(nativeSize.width, nativeSize.height);
  const side = Math.max(multiple, Math.floor(stated / multiple) * multiple);
  const { factor } = latents;
  // Tiles begin at whole latent cells, so that neighbours share one field of noise.
  const cells = Math.floor(Math.min(detail.overlap ?? side / 4, side / 2) / factor);
  const tiles = tilesOf(width / factor, height / factor, side / factor, cells).map((tile) => ({
    x: tile.x * factor,
    y: tile.y * factor,
    width: tile.width * factor,
    height: tile.height * factor,
  }));
  return { width, height, overlap: Math.max(1, cells) * factor, tiles };
}

/**
 * The detail pass: the picture resized, then drawn anew tile by tile, picture to picture, each tile with its part of the
 * poses. The noise of all tiles is one field, so that overlaps agree; tiles are blended in the picture.
 *
 * @param multiple that a tile's sides must be divisible by
 */
export async function drawDetail(
  context: GenerationContext,
  request: ResolvedRequest,
  picture: Raster,
  index: number,
  multiple: number,
): Promise<Raster> {
  const { clock, config } = context;
  const { detail } = request;
  const cut = detailTiles(request, config, multiple);
  if (!detail || !cut) return picture;
  const { width, height, overlap, tiles } = cut;
  const large = resizeRaster(picture, width, height);
  const poses = scalePoses(request.poses, request, { width, height }, 'stretch');
  const { channels, factor } = config.latents;
  const field = noiseField(request.seed, [channels, height / factor, width / factor]);
  const during = <T>(work: () => Promise<T>) => clock.during('detail', index + 1, work);

  // Stage by stage over all tiles, so that parts which are loaded in turn are loaded once.
  const canvases: Canvas[] = [];
  for (const tile of tiles) {
    const source = { picture: cropRaster(large, tile), strength: detail.strength, feather: 0 };
    canvases.push(await during(() => prepareCanvas(context, tile, source)));
  }
  // Most of a person lies outside most tiles: moved to a corner, as the published loader does, it would be drawn there.
  const clipped = { ...context, request: { ...context.request, outOfFrame: 'clip' as const } };
  const posesOfTiles: PoseConditioning[] = [];
  for (const tile of tiles) {
    const moved = poses.map((pose) => movePose(pose, -tile.x, -tile.y));
    posesOfTiles.push(await during(() => preparePose(clipped, moved, tile)));
  }
  const sampled: Float32Array[] = [];
  for (const [t, tile] of tiles.entries()) {
    const cells = {
      x: tile.x / factor,
      y: tile.y / factor,
      width: tile.width / factor,
      height: tile.height / factor,
    };
    let draws = 0;
    const job = {
      size: tile,
      pose: posesOfTiles[t],
      canvas: canvases[t],
      noise: () => field(draws++, cells),
      steps: detail.steps ?? request.steps,
      previews: false,
    };
    sampled.push(await during(() => sampleLatents(context, job)));
  }
  const blender = new TileBlender(3, width, height, overlap);
  for (const [t, tile] of tiles.entries()) {
    const latents = float32([1, channels, tile.height / factor, tile.width / factor], sampled[t]);
    blender.add(tile, (await during(() => decodeTensor(context, latents))).data);
  }
  return tensorToRaster(float32([1, 3, height, width], blender.result()));
}

/** Draw n of a seeded field of normal noise over the whole picture, cut to a tile. */
function noiseField(
  seed: number,
  [channels, height, width]: readonly [number, number, number],
): (draw: number, cells: Rectangle) => Float32Array {
  const source = normalNoise(seed);
  const fields: Float32Array[] = [];
  return (draw, cells) => {
    while (fields.length <= draw) fields.push(source(channels * height * width));
    const part = new Float32Array(channels * cells.height * cells.width);
    for (let c = 0; c < channels; c++) {
      for (let y = 0; y < cells.height; y++) {
        const from = (c * height + cells.y + y) * width + cells.x;
        part.set(fields[draw].subarray(from, from + cells.width), (c * cells.height + y) * cells.width);
      }
    }
    return part;
  };
}
