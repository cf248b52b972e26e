import type { Finding } from './finding.ts';

/** What decides where a plug-in's pictures are best made. */
export interface HostMachine {
  /** As Node names it: `win32`, `darwin`, `linux`. */
  readonly platform: NodeJS.Platform;
  /** A graphics card that computes rightly, and faster than the processor. */
  readonly hasCard: boolean;
  /** Of a server that answers on this machine. */
  readonly serverUrl?: string;
}

const start = 'Start "stable-pose serve", and choose "Use a server here" in the panel.';

/**
 * Where pictures for Figma and Photoshop are best made on this machine: in the plug-in's own page, which has one core and, in
 * Chromium, the graphics card, or by a server beside it. The panels probe their page again and say the same.
 */
export function hostFindings({ platform, hasCard, serverUrl }: HostMachine): readonly Finding[] {
  const atServer = (name: string, why: string): Finding =>
    serverUrl
      ? { state: 'good', name, words: `use the server that answers at ${serverUrl}: ${why}` }
      : { state: 'absent', name, words: `use a server on this machine: ${why}`, remedy: start };
  const inside = (name: string, page: string): Finding => ({
    state: 'good',
    name,
    words: `pictures are made in the plug-in: ${page} is Chromium, which may use the graphics card by WebGPU`,
    remedy: 'For models larger than the one inside, and where the panel finds no card: "stable-pose serve".',
  });
  const oneCore = 'no graphics card that is faster than the processor, and a plug-in has one core of it';
  const figma = hasCard ? inside('figma', 'its page') : atServer('figma', oneCore);
  if (platform === 'win32') {
    return [figma, hasCard ? inside('photoshop', 'its panel') : atServer('photoshop', oneCore)];
  }
  if (platform === 'darwin') {
    const webKit =
      'its panels are WebKit, where onnxruntime fills the memory by WebGPU, so that the panel uses one core alone';
    return [figma, atServer('photoshop', webKit)];
  }
  return [
    figma,
    {
      state: 'absent',
      name: 'photoshop',
      words: `does not run on ${platform}; this machine can make pictures for one that runs elsewhere`,
      remedy: 'Start "stable-pose serve --lan", and make a panel for it with "stable-pose plugin build".',
    },
  ];
}
