// What almost every caller of the ports needs from the core, so that one package is enough.

export {
  cropRaster,
  type DetectedPerson,
  decodePng,
  drawPoses,
  type ErrorCode,
  encodePng,
  errorCodes,
  type GeneratedPicture,
  type GenerationRequest,
  type GenerationRequestInput,
  type GenerationResult,
  type Keypoint,
  keypointNames,
  type Pose,
  parseRequest,
  type Raster,
  type Rectangle,
  raster,
  readPoses,
  requestJsonSchema,
  resizeRaster,
  type Size,
  StablePoseError,
  scalePoses,
  throwIfCancelled,
  withChannels,
} from '@stable-pose/core';
export { aboveLimit } from './above-limit.ts';
export { checkPlacement } from './check-placement.ts';
export { checkRectangle } from './check-rectangle.ts';
export {
  type GenerateIntoHostOptions,
  generateIntoHost,
  type PlacedGeneration,
} from './generate-into-host.ts';
export type {
  EngineAdapter,
  EngineDescription,
  EngineGenerateOptions,
  EngineLimits,
  EngineModel,
  EngineProgress,
  FetchProgress,
  GenerationEngine,
  WaitingProgress,
} from './generation-engine.ts';
export {
  type HostAdapter,
  type HostCapabilities,
  type HostColour,
  type HostEvent,
  type HostFile,
  type HostInfo,
  type HostLimits,
  type HostPoses,
  type HostProgress,
  type HostSelection,
  type HostTarget,
  type HostTheme,
  hostColours,
  hostEvents,
  type MaskReading,
  type PictureToPlace,
  type PixelReading,
  type PlacedId,
  type PlacedPicture,
  type Placement,
  type PlaceOptions,
  type PlacePosesOptions,
} from './host-adapter.ts';
export type { HostGeneration, PictureSource } from './host-generation.ts';
export { checkStoreName, type HostStorage, type HostStore } from './host-storage.ts';
export { LocalEngine, type LocalEngineOptions, type LocalModel, type OpenedModel } from './local-engine.ts';
export { type MemoryStoreOptions, memoryStore } from './memory-store.ts';
export type {
  ExplainedFiles,
  ModelReference,
  ModelStore,
  PullOptions,
  PullProgress,
  StoredModel,
  StoreUsage,
} from './model-store.ts';
export { type PlaceIntoHostOptions, placeIntoHost } from './place-into-host.ts';
export {
  moveWithArea,
  type PlacedMetadata,
  readPlacedMetadata,
  repeatPlaced,
  writePlacedMetadata,
} from './placed-metadata.ts';
export { type AreaPlan, type AreaPlanOptions, planArea } from './plan-area.ts';
export { type PreparedGeneration, prepareForHost } from './prepare-for-host.ts';
export { progressShare } from './progress-share.ts';
export { progressWords } from './progress-words.ts';
export { isOutOfReach } from './remote/is-out-of-reach.ts';
export { engineClosed, type TurnOptions, TurnQueue } from './turn-queue.ts';
