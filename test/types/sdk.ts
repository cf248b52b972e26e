// Types that a caller leans on, and what the compiler must refuse. Checked by `npm run types` on the sources, and by
// test/packages on the packed declarations.
import {
  type EngineProgress,
  type GenerationEngine,
  generateIntoHost,
  type HostAdapter,
  type HostCapabilities,
  type HostSelection,
  type ModelReference,
  type PictureSource,
  progressShare,
  StablePoseError,
} from '@stable-pose/sdk';
import { createNodeEngine } from '@stable-pose/sdk/node';
import { FakeHost, hostChecks, runConformance, StubEngine } from '@stable-pose/sdk/testing';

/** Equal types, not merely assignable ones. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_: Same<A, B>): void => {};

export async function ports(host: HostAdapter, engine: GenerationEngine): Promise<void> {
  const { pictures, placed } = await generateIntoHost(host, engine, { request: { prompt: 'x' } });
  same<typeof placed, readonly string[]>(true);
  same<(typeof pictures)[number]['raster']['channels'], 1 | 3 | 4>(true);

  // @ts-expect-error: a request has no such field
  await engine.generate({ promt: 'x' });
  // @ts-expect-error: what is drawn from is one of three
  await generateIntoHost(host, engine, { request: {}, from: 'photo' });
  same<PictureSource, 'words' | 'picture' | 'selection'>(true);

  const selection: HostSelection = await host.readSelection();
  // @ts-expect-error: nothing may be selected, so there may be no area
  selection.area.width;
  // @ts-expect-error: what is read is not written
  selection.name = 'other';
  // @ts-expect-error: one undo step has a name
  await host.place({ target: selection.target, pictures: [] });
  // @ts-expect-error: an event of another kind
  host.watch('click', () => {});

  await engine.generate(
    { prompt: 'x' },
    {
      onProgress: (progress) => {
        same<typeof progress, EngineProgress>(true);
        const share: number = progressShare(progress);
        // @ts-expect-error: waiting has no steps
        progress.steps;
        if (progress.stage === 'denoise') return share + progress.steps;
        if (progress.stage === 'fetch') return progress.bytes;
        return undefined;
      },
    },
  );
}

export function implementations(): void {
  const engines: GenerationEngine[] = [createNodeEngine(), new StubEngine()];
  const hosts: HostAdapter[] = [new FakeHost({ capabilities: { masks: false } })];
  // @ts-expect-error: a capability that there is not
  new FakeHost({ capabilities: { mask: false } });
  // @ts-expect-error: an adapter says all that it can
  const few: HostCapabilities = { masks: true };
  // @ts-expect-error: an adapter is more than its name
  const bare: HostAdapter = { info: hosts[0].info };
  // @ts-expect-error: a suite for hosts does not run on engines
  runConformance(hostChecks, () => ({ engine: engines[0] }));
  void [few, bare];
}

export function errors(error: unknown): string {
  if (!StablePoseError.is(error)) return '';
  // @ts-expect-error: the codes are a closed set
  if (error.code === 'host-bussy') return '';
  return error.code === 'host-busy' ? error.message : '';
}

export function references(): readonly ModelReference[] {
  return [
    { from: 'hub', repository: 'owner/name' },
    { from: 'url', url: 'https://example.org/x.safetensors' },
    // @ts-expect-error: a path has no address
    { from: 'path', url: 'https://example.org' },
  ];
}
