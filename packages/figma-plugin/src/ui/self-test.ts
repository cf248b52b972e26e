import { encodePng, StablePoseError } from '@stable-pose/core';
import { type CheckOutcome, type HostBench, hostChecks, runConformance } from '@stable-pose/sdk/testing';
import type { MainCalls } from '../messages/call-main.ts';
import type { Result } from '../messages/figma-messages.ts';
import type { FigmaHost } from './figma-host.ts';
import type { PageFacts } from './page-facts.ts';

/** What a self-test found: plain JSON, which the simulator loads as its limits. */
export interface SelfTestReport {
  readonly format: 'stable-pose-figma-report';
  readonly version: 1;
  readonly at: string;
  readonly main: Result<'testMain'>;
  readonly page: PageFacts;
  /** There and back in one piece; the first that failed ends the list. */
  readonly messages: readonly { readonly bytes: number; readonly ms?: number; readonly failure?: string }[];
  readonly host: readonly CheckOutcome[];
}

export interface SelfTestParts {
  readonly host: FigmaHost;
  readonly main: MainCalls;
  readonly pageFacts: () => Promise<PageFacts>;
  /** Bytes there and back past our own chunks. @throws when they do not come back */
  readonly echo: (bytes: Uint8Array) => Promise<number>;
  readonly onStep?: (words: string) => void;
  readonly signal?: AbortSignal;
}

const mebibyte = 2 ** 20;
const messageSizes = [1, 4, 16, 64, 128].map((size) => size * mebibyte);
/** Longer than this is a stall. */
const stallMs = 8000;

/**
 * Asks the real host what cannot be known from outside: the conformance suite, and what the page and the sandbox have. When it ends,
 * page, selection and view are what they were.
 */
export async function runSelfTest(parts: SelfTestParts): Promise<SelfTestReport> {
  try {
    return await ask(parts);
  } finally {
    await act(parts.main, 'end');
  }
}

async function ask(parts: SelfTestParts): Promise<SelfTestReport> {
  const { host, main, pageFacts, echo, onStep, signal } = parts;
  onStep?.('sandbox');
  const mainFacts = await main.ask('testMain', {});
  onStep?.('page');
  const page = await pageFacts();
  const messages: { bytes: number; ms?: number; failure?: string }[] = [];
  for (const bytes of messageSizes) {
    if (signal?.aborted) break;
    onStep?.(`message of ${bytes / mebibyte} MiB`);
    const begin = performance.now();
    try {
      const back = await echo(new Uint8Array(bytes));
      if (back !== bytes) throw new StablePoseError('host-failed', `${back} bytes came back.`);
      const ms = Math.round(performance.now() - begin);
      messages.push({ bytes, ms });
      if (ms > stallMs) break;
    } catch (error) {
      messages.push({ bytes, failure: StablePoseError.from(error).message });
      break;
    }
  }
  const outcomes = await runConformance(hostChecks, () => realBench(host, main), {
    ...(signal ? { signal } : {}),
    onOutcome: ({ rule, title }) => onStep?.(`${rule} ${title}`),
  });
  return {
    format: 'stable-pose-figma-report',
    version: 1,
    at: new Date().toISOString(),
    main: mainFacts,
    page,
    messages,
    host: outcomes,
  };
}

/**
 * A bench in the document that is open. Nobody can break a placing or switch Figma's theme from here, and `triggerUndo` goes back to
 * the last `commitUndo` and no further: pressing undo stays with people.
 */
function realBench(host: FigmaHost, main: MainCalls): HostBench {
  return {
    host,
    cannotSelect: ['area'],
    // Figma draws pictures through its own colour management and scaling.
    colourTolerance: 3,
    open: async ({ canvas, picture, poses = [], selection }) => {
      await main.ask('testScene', {
        width: canvas.width,
        height: canvas.height,
        poses,
        isSelected: selection?.kind !== 'nothing',
        ...(picture ? { png: encodePng(picture) } : {}),
      });
    },
    selectPlaced: (id) => act(main, 'select', id),
    selectElsewhere: () => act(main, 'elsewhere'),
    closeDocument: () => act(main, 'close'),
    dispose: () => act(main, 'clean'),
  };
}

async function act(
  main: MainCalls,
  act: 'select' | 'elsewhere' | 'close' | 'clean' | 'end',
  id?: string,
): Promise<void> {
  await main.ask('testAct', { act, ...(id === undefined ? {} : { id }) });
}
