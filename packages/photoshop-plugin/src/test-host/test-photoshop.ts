import type { Photoshop, PhotoshopApp, PhotoshopDocument } from '../photoshop/photoshop.ts';

/** What the self-test uses of Photoshop beyond what the panel does: documents of its own, and their history. */
export interface TestPhotoshop extends Photoshop {
  readonly app: PhotoshopApp & {
    /** Modal scope only. */
    createDocument(options: {
      readonly name: string;
      readonly width: number;
      readonly height: number;
      readonly resolution: number;
      readonly mode: string;
      readonly fill: string;
    }): Promise<TestDocument | null>;
  };
}

export interface TestDocument extends PhotoshopDocument {
  readonly historyStates: readonly { readonly id: number }[];
  /** Set inside a modal scope only: goes back to it. */
  activeHistoryState: { readonly id: number };
  /** Modal scope only. */
  closeWithoutSaving(): void;
}
