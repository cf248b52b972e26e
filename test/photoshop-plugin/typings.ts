// Types only, checked by `npm run types`: our narrow interface over Photoshop against the public typings. Every member that
// we use is there under the same name; where the typings lack one or differ, the difference is named here, and why ours is
// right stands in `src/photoshop/`. The files are named one by one: the package's entry has imports without endings, which
// resolve to nothing here.
import type { Channel } from '../../node_modules/@adobe-uxp-types/photoshop/src/internal/dom/Channel.d.ts';
import type {
  ActionModule,
  Core,
  ExecutionContext,
} from '../../node_modules/@adobe-uxp-types/photoshop/src/internal/dom/CoreModules.d.ts';
import type { Document } from '../../node_modules/@adobe-uxp-types/photoshop/src/internal/dom/Document.d.ts';
import type {
  GetPixelsOptions,
  GetPixelsResult,
  Imaging,
  PutPixelsOptions,
  PhotoshopImageData as TheirImageData,
} from '../../node_modules/@adobe-uxp-types/photoshop/src/internal/dom/ImagingModule.d.ts';
import type { Layer } from '../../node_modules/@adobe-uxp-types/photoshop/src/internal/dom/Layer.d.ts';
import type { Photoshop } from '../../node_modules/@adobe-uxp-types/photoshop/src/internal/dom/Photoshop.d.ts';
import type { Selection } from '../../node_modules/@adobe-uxp-types/photoshop/src/internal/dom/Selection.d.ts';
import type * as OurImaging from '../../packages/photoshop-plugin/src/photoshop/imaging.ts';
import type * as Ours from '../../packages/photoshop-plugin/src/photoshop/photoshop.ts';

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
type Missing<Own, Theirs> = Exclude<keyof Own, keyof Theirs>;

/** Nothing that we use is unknown to the typings, but for one call that its own page documents. */
export const members: {
  readonly app: Same<Missing<Ours.PhotoshopApp, Photoshop>, never>;
  readonly document: Same<Missing<Ours.PhotoshopDocument, Document>, never>;
  readonly selection: Same<Missing<Ours.PhotoshopDocument['selection'], Selection>, never>;
  readonly layer: Same<Missing<Ours.PhotoshopLayer, Layer>, never>;
  readonly channel: Same<Missing<Ours.PhotoshopChannel, Channel>, never>;
  readonly core: Same<Missing<Ours.PhotoshopCore, Core>, never>;
  readonly context: Same<Missing<Ours.ModalContext, ExecutionContext>, never>;
  readonly control: Same<Missing<Ours.ModalContext['hostControl'], ExecutionContext['hostControl']>, never>;
  /** The typings lack `recordAction` (ps-reference/media/action-recording.md). */
  readonly action: Same<Missing<Ours.PhotoshopAction, ActionModule>, 'recordAction'>;
  readonly imaging: Same<Missing<OurImaging.Imaging, Imaging>, never>;
  readonly imageData: Same<Missing<OurImaging.PhotoshopImageData, TheirImageData>, never>;
} = {
  app: true,
  document: true,
  selection: true,
  layer: true,
  channel: true,
  core: true,
  context: true,
  control: true,
  action: true,
  imaging: true,
  imageData: true,
};

/** What we hand over is what the typings ask for. */
export const pixelsAsked: Same<OurImaging.GetPixels extends GetPixelsOptions ? true : false, true> = true;
export const pixelsGiven: Same<
  Omit<OurImaging.PutPixels, 'imageData' | 'targetBounds'> extends Omit<
    PutPixelsOptions,
    'imageData' | 'targetBounds'
  >
    ? true
    : false,
  true
> = true;

/** The page says that sizes of `targetBounds` are not used; the typings ask for them. */
export const targetBounds: Same<
  OurImaging.PutPixels['targetBounds'] extends NonNullable<PutPixelsOptions['targetBounds']> ? true : false,
  false
> = true;

/** The page calls `dispose` synchronous; the typings give a promise. */
export const dispose: Same<ReturnType<TheirImageData['dispose']>, Promise<void>> = true;

/** What comes back is what the typings promise, the image data aside. */
export const pixelsBack: Same<
  Omit<GetPixelsResult, 'imageData'> extends Omit<OurImaging.PixelsResult, 'imageData'> ? true : false,
  true
> = true;
