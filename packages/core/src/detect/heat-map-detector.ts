import type { EyesNetworkSource } from '../contract/index.ts';
import { StablePoseError, throwIfCancelled } from '../errors.ts';
import {
  cropRaster,
  type Raster,
  type Rectangle,
  rasterToTensor,
  resizeRaster,
  withChannels,
} from '../image/index.ts';
import type { Keypoint } from '../pose/index.ts';
import type { GraphRuntime } from '../runtime/index.ts';
import { type FloatTensor, float32 } from '../tensor/index.ts';
import { decodeHeatMaps } from './decode-heat-maps.ts';
import { LoadedGraph } from './loaded-graph.ts';
import { matteBoxes } from './matte-boxes.ts';
import { networkMatte } from './network-matter.ts';
import { neutralPose } from './neutral-pose.ts';
import type { DetectedPerson, DetectOptions, PoseDetector } from './pose-detector.ts';
import { boundsOf, type SquareRegion, squareAround } from './square-region.ts';

/** What `createHeatMapDetector` is given. */
export interface HeatMapDetectorOptions {
  /** Stays with whoever made it. */
  readonly runtime: GraphRuntime;
  /** Stays with whoever opened it. */
  readonly network: EyesNetworkSource;
  /** Proposes boxes when none are given. Left out: the pieces of the person matte, in which people who touch are one. */
  readonly proposer?: Pick<PoseDetector, 'detect'>;
}

/** Mean confidence below which nobody was found. */
const leastScore = 0.15;
/** Keypoints that count towards a person's box. */
const sure = 0.2;
const defaultMaxPeople = 10;

/**
 * The second ruler: keypoints from heat maps of a network that was trained on renders alone. It is told which person is meant
 * by a channel of its input, so people may stand close. Graphs are loaded at the first picture and stay until `dispose`.
 */
export function createHeatMapDetector(options: HeatMapDetectorOptions): PoseDetector {
  const { runtime, network, proposer } = options;
  const keypoints = new LoadedGraph(runtime, () => network.graph('keypoints'));
  const matte = new LoadedGraph(runtime, () => network.graph('matte'));

  async function findInBox(picture: Raster, box: Rectangle, signal?: AbortSignal): Promise<DetectedPerson> {
    const asked = widened(box, network.boxMargin);
    const region = squareAround(boundsOf(box), 1 + 2 * network.cropMargin);
    const input = cropWithBox(picture, region, asked, network.poseSide);
    const heatMaps = await keypoints.run('picture', input, 'heat_maps', signal);
    const scale = region.side / network.poseSide;
    const found = decodeHeatMaps(heatMaps, { stride: network.heatStride, window: network.window }).map(
      ([x, y, confidence]): Keypoint => [region.x + x * scale, region.y + y * scale, confidence],
    );
    const score = found.reduce((sum, [, , confidence]) => sum + confidence, 0) / found.length;
    if (score < leastScore) return { pose: neutralPose(box), box, score: 0, isGuess: true };
    return { pose: { keypoints: found }, box: boxAround(found) ?? box, score, isGuess: false };
  }

  return {
    async detect(picture, { boxes, maxPeople = defaultMaxPeople, signal }: DetectOptions = {}) {
      throwIfCancelled(signal);
      for (const box of boxes ?? []) checkBox(box);
      const colour = withChannels(picture, 3);
      const isUnaided = boxes === undefined;
      let places = boxes ?? [];
      if (isUnaided && proposer)
        places = (await proposer.detect(colour, { maxPeople, signal })).map(({ box }) => box);
      else if (isUnaided) places = matteBoxes(await networkMatte(matte, network, colour, signal));
      const people: DetectedPerson[] = [];
      for (const box of places) people.push(await findInBox(colour, box, signal));
      if (!isUnaided) return people;
      return people
        .filter(({ isGuess }) => !isGuess)
        .sort((a, b) => b.score - a.score)
        .slice(0, maxPeople)
        .sort((a, b) => middle(a) - middle(b));
    },
    async dispose() {
      await Promise.all([keypoints.dispose(), matte.dispose()]);
    },
  };
}

/** A square of the picture with the asked box drawn into a fourth channel: `[1,4,side,side]`. */
function cropWithBox(picture: Raster, region: SquareRegion, asked: Rectangle, side: number): FloatTensor {
  const cut = cropRaster(picture, { x: region.x, y: region.y, width: region.side, height: region.side });
  const colour = rasterToTensor(resizeRaster(cut, side, side, 'bilinear'));
  const values = new Float32Array(4 * side * side);
  values.set(colour.data);
  const scale = side / region.side;
  const clamp = (value: number) => Math.min(side, Math.max(0, value));
  const left = clamp(Math.floor((asked.x - region.x) * scale));
  const right = clamp(Math.ceil((asked.x + asked.width - region.x) * scale));
  const bottom = clamp(Math.ceil((asked.y + asked.height - region.y) * scale));
  for (let y = clamp(Math.floor((asked.y - region.y) * scale)); y < bottom; y++) {
    values.fill(1, (3 * side + y) * side + left, (3 * side + y) * side + Math.max(left, right));
  }
  return float32([1, 4, side, side], values);
}

function widened({ x, y, width, height }: Rectangle, margin: number): Rectangle {
  const by = margin * Math.max(width, height);
  return { x: x - by, y: y - by, width: width + 2 * by, height: height + 2 * by };
}

function boxAround(keypoints: readonly Keypoint[]): Rectangle | undefined {
  const certain = keypoints.filter(([, , confidence]) => confidence >= sure);
  if (certain.length < 2) return undefined;
  const xs = certain.map(([x]) => x);
  const ys = certain.map(([, y]) => y);
  const [x, y] = [Math.floor(Math.min(...xs)), Math.floor(Math.min(...ys))];
  return {
    x,
    y,
    width: Math.max(1, Math.ceil(Math.max(...xs)) - x),
    height: Math.max(1, Math.ceil(Math.max(...ys)) - y),
  };
}

const middle = ({ box }: DetectedPerson): number => box.x + box.width / 2;

function checkBox({ x, y, width, height }: Rectangle): void {
  if ([x, y, width, height].every(Number.isFinite) && width > 0 && height > 0) return;
  throw new StablePoseError(
    'invalid-pose',
    `A person's box needs a width and a height above 0, got ${width} x ${height} at (${x}, ${y}).`,
    { remedy: 'Draw the box around the person.', details: { x, y, width, height } },
  );
}
