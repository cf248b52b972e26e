export { type MoveNetPaths, moveNetPaths } from './movenet-paths.ts';
