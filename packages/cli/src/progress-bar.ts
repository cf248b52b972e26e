import { Presets, SingleBar } from 'cli-progress';

/** One line on standard error that fills up; nothing where standard error is not a terminal. */
export interface ProgressBar {
  /** @param share 0 to 1 */
  update(share: number, words: string): void;
  /** Leaves the terminal clean. */
  stop(): void;
}

export function createProgressBar(stream: NodeJS.WriteStream = process.stderr): ProgressBar {
  if (!stream.isTTY) return { update() {}, stop() {} };
  const bar = new SingleBar(
    {
      format: ' {bar} {percentage} %  {words}',
      stream,
      hideCursor: true,
      clearOnComplete: true,
      barsize: 28,
      fps: 12,
    },
    Presets.shades_classic,
  );
  let started = false;
  return {
    update(share, words) {
      const value = Math.round(Math.min(1, Math.max(0, share)) * 100);
      if (!started) bar.start(100, value, { words });
      else bar.update(value, { words });
      started = true;
    },
    stop() {
      if (started) bar.stop();
      started = false;
    },
  };
}
