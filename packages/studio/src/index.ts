export type { EditorDocument, EditorKeypoint, KeypointState, Person } from './editor/index.ts';
