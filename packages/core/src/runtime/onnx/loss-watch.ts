import { StablePoseError } from '../../errors.ts';

/** Long enough for a lost device to be told, after what ran on it failed with words of its own. */
const settlingMs = 100;

/**
 * Lets nothing wait for a device that is gone: onnxruntime-web's promises may never settle then.
 */
export class LossWatch {
  private loss: StablePoseError | undefined;
  /** Rejections of what is under way. A promise that lives as long as the device would keep every result alive. */
  private readonly pending = new Set<(error: StablePoseError) => void>();
  private readonly lost: Promise<unknown> | undefined;

  /** @param lost settles with the reason, or with anything, when the device is gone */
  constructor(lost: Promise<{ readonly message?: string } | undefined> | undefined, device: string) {
    this.lost = lost?.then((info) => {
      const why = info?.message ? `: ${info.message.replace(/\.?$/, '.')}` : '.';
      this.loss = new StablePoseError('device-lost', `The device ${device} was lost${why}`, {
        remedy: 'Try again, or choose the device wasm.',
      });
      for (const reject of this.pending) reject(this.loss);
      this.pending.clear();
    });
  }

  get isLost(): boolean {
    return this.loss !== undefined;
  }

  /** The work's result. @throws device-lost at once when the device goes, or is gone */
  async guard<T>(work: () => Promise<T>): Promise<T> {
    if (this.loss) throw this.loss;
    if (!this.lost) return work();
    let reject: (error: StablePoseError) => void = () => {};
    const gone = new Promise<never>((_, no) => {
      reject = no;
    });
    this.pending.add(reject);
    try {
      return await Promise.race([work(), gone]);
    } catch (error) {
      if (!StablePoseError.is(error) || error.code === 'runtime-failed') await this.settle();
      throw this.loss ?? error;
    } finally {
      this.pending.delete(reject);
    }
  }

  private async settle(): Promise<void> {
    if (this.loss) return;
    await Promise.race([this.lost, new Promise((resolve) => setTimeout(resolve, settlingMs))]);
  }
}
