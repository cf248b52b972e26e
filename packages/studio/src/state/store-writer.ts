import { StablePoseError } from '@stable-pose/core';

/** Changes of a store, one after the other, in the order they were made. One that fails is told of, and stops no other. */
export class StoreWriter {
  private readonly onTrouble: (error: StablePoseError) => void;
  private writing: Promise<void> = Promise.resolve();

  constructor(onTrouble: (error: StablePoseError) => void) {
    this.onTrouble = onTrouble;
  }

  later(work: () => Promise<void>): void {
    this.writing = this.writing.then(work).catch((error) => {
      this.onTrouble(StablePoseError.from(error, 'storage-unavailable'));
    });
  }

  /** When everything is kept that can be. */
  settled(): Promise<void> {
    return this.writing;
  }
}
