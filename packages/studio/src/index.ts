export type { EditorDocument, EditorKeypoint, KeypointState, Person } from './editor/index.ts';
export { type CurrentRequest, type MountedStudio, mountStudio } from './mount-studio.tsx';
export { beginWithServer } from './state/begin-with-server.ts';
export type { StudioOptions } from './state/studio.ts';
