import {
  type Pose,
  type Raster,
  type Rectangle,
  raster,
  resizeRaster,
  type Size,
  StablePoseError,
} from '@stable-pose/core';
import {
  generateIntoHost,
  type HostGeneration,
  type HostSelection,
  moveWithArea,
  progressShare,
  progressWords,
  readPlacedMetadata,
  repeatPlaced,
} from '@stable-pose/sdk';
import type { MountedStudio } from '@stable-pose/studio';
import type { CommandOptions, PanelCommand, PanelHost, RunCommand } from '../bridge/panel-commands.ts';
import { selfTest } from './self-test.ts';

/** Longest side of a picture in which people are looked for. */
const lookSide = 1024;

/** What menus and Actions ask for, with the studio's engine and settings. */
export function commandsOf(host: PanelHost, studio: Pick<MountedStudio, 'current'>): RunCommand {
  const commands: Readonly<Record<PanelCommand, (options: CommandOptions) => Promise<void>>> = {
    generate: (options) => generate(host, studio, options),
    repose: (options) => repose(host, studio, options),
    poseFromLayer: (options) => poseFromLayer(host, studio, options),
    refineSelection: (options) => refineSelection(host, studio, options),
    selfTest: (options) => selfTest(host, options),
  };
  return (command, options) => commands[command](options);
}

/** At every place that is selected: artboards, or pictures of ours. Skeletons of the document go before the panel's. */
async function generate(
  host: PanelHost,
  studio: Pick<MountedStudio, 'current'>,
  options: CommandOptions,
): Promise<void> {
  const { engine, request, size } = await studio.current();
  const first = await host.readSelection();
  const places = [
    first,
    ...(await Promise.all(first.alsoSelected.map((target) => host.readSelection(target)))),
  ];
  for (const [i, selection] of places.entries()) {
    const { poses, ...rest } = request;
    const ownPoses = selection.people === 0 ? posesOn(selection, poses as readonly Pose[], size) : undefined;
    await generateIntoHost(
      host,
      engine,
      {
        request: { ...rest, ...(ownPoses ? { poses: [...ownPoses] } : {}) },
        target: selection.target,
        keepPoses: 'hidden',
      },
      progressOf(options, i, places.length),
    );
  }
}

function posesOn({ area }: HostSelection, poses: readonly Pose[], size: Size): readonly Pose[] {
  return area ? moveWithArea(poses, { x: 0, y: 0, ...size }, area) : poses;
}

/** The chosen pictures again, with their seed; only limbs that were moved since are drawn anew. */
async function repose(
  host: PanelHost,
  studio: Pick<MountedStudio, 'current'>,
  options: CommandOptions,
): Promise<void> {
  const first = await host.readSelection();
  const places = [
    first,
    ...(await Promise.all(first.alsoSelected.map((target) => host.readSelection(target)))),
  ];
  const { engine } = await studio.current();
  for (const [i, { target, area, placed }] of places.entries()) {
    if (!placed?.metadata || !area) {
      throw new StablePoseError(
        'invalid-input',
        'The chosen layer is no picture that was placed from here.',
        {
          remedy: 'Choose its layer, or the layers of several.',
        },
      );
    }
    const metadata = readPlacedMetadata(placed.metadata);
    const before = moveWithArea(metadata.poses, metadata.area, area);
    const { poses: now } = await host.readPoses(target);
    const again = repeatPlaced(metadata, area, now.length > 0 ? now : before);
    const generation: HostGeneration = {
      ...again,
      // What is there stays where nobody moved: it is the picture that is drawn from.
      from: 'picture',
      request: { ...again.request, count: 1, repose: { from: [...before] } },
      target,
      replace: true,
      keepPoses: 'hidden',
      undoName: 'Repose',
    };
    await generateIntoHost(host, engine, generation, progressOf(options, i, places.length));
  }
}

function progressOf({ signal, onProgress }: CommandOptions, index: number, count: number) {
  let furthest = 0;
  return {
    ...(signal ? { signal } : {}),
    onProgress: (progress: Parameters<typeof progressShare>[0]) => {
      const words = progressWords(progress);
      furthest = Math.max(furthest, progressShare(progress));
      const share = (index + furthest) / count;
      onProgress?.(share, count > 1 ? `${index + 1}/${count}: ${words}` : words);
    },
  };
}

/** The people that the chosen layers show, as skeletons beside those that are there. */
async function poseFromLayer(
  host: PanelHost,
  studio: Pick<MountedStudio, 'current'>,
  { signal }: CommandOptions,
): Promise<void> {
  const { engine } = await studio.current();
  if (!(await engine.describe()).can.detectPose) {
    throw new StablePoseError('not-supported', 'This engine finds no poses in pictures.', {
      remedy: 'Choose another one in the panel.',
    });
  }
  const { target, canvas } = await host.readSelection();
  if (!canvas) throw nothingOpen();
  const area = { x: 0, y: 0, ...canvas };
  const size = lookSize(area);
  const picture = await host.readPixels(target, { area, size, layers: 'selected', signal });
  const found = await engine.detectPose(picture, { maxPeople: 10, ...(signal ? { signal } : {}) });
  if (found.length === 0) {
    throw new StablePoseError('invalid-input', 'Nobody was found in the chosen layer.', {
      remedy: 'Open the picture in the panel and draw a box round a person.',
    });
  }
  const poses = moveWithArea(
    found.map(({ pose }) => pose),
    { x: 0, y: 0, ...size },
    area,
  );
  const { poses: before } = await host.readPoses(target);
  await host.placePoses(target, [...before, ...poses], { undoName: 'Pose from layer', signal });
}

/** The selection, cut to the people in it. */
async function refineSelection(
  host: PanelHost,
  studio: Pick<MountedStudio, 'current'>,
  { signal }: CommandOptions,
): Promise<void> {
  const { engine } = await studio.current();
  if (!(await engine.describe()).can.matte) {
    throw new StablePoseError('not-supported', 'This engine cannot tell people from their background.', {
      remedy: 'Choose another one in the panel.',
    });
  }
  const { target, kind, area } = await host.readSelection();
  if (kind !== 'area' || !area) {
    throw new StablePoseError('invalid-input', 'Nothing is selected.', {
      remedy: 'Select roughly round the people.',
    });
  }
  const picture = await host.readPixels(target, { area, size: lookSize(area), signal });
  const people = resizeRaster(await engine.matte(picture, signal ? { signal } : {}), area.width, area.height);
  const selected = await host.readMask(target, { area, signal });
  await host.writeSelection(target, area, selected ? product(people, selected) : people);
}

function lookSize({ width, height }: Rectangle): Size {
  const scale = Math.min(1, lookSide / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

function product(a: Raster, b: Raster): Raster {
  return raster(
    a.width,
    a.height,
    1,
    a.data.map((value, i) => Math.round((value * b.data[i]) / 255)),
  );
}

function nothingOpen(): StablePoseError {
  return new StablePoseError('invalid-input', 'No document is open.', {
    remedy: 'Open one, or make a new one.',
  });
}
