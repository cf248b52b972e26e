export type { ConnectionOptions } from './connection.ts';
export type { FaultReason } from './explain-fault.ts';
export { type FindServerOptions, findServer } from './find-server.ts';
export {
  apiPath,
  clientHeader,
  convertedPoseSchema,
  convertPoseSchema,
  describeSchema,
  detectSchema,
  drawPoseSchema,
  errorSchema,
  eventNames,
  failureSchema,
  healthPath,
  healthSchema,
  historySchema,
  idempotencyHeader,
  type JobState,
  jobSchema,
  jobStates,
  matteSchema,
  modelsSchema,
  type Priority,
  peopleSchema,
  priorities,
  progressSchema,
  protocolHeader,
  protocolVersions,
  resultSchema,
  serverPorts,
  submitSchema,
  type WireJob,
  type WireProgress,
  type WireResult,
} from './protocol.ts';
export { type PastJob, RemoteEngine, type RemoteEngineOptions } from './remote-engine.ts';
export { requestPictureFields, withoutPictures, withPictures } from './request-pictures.ts';
