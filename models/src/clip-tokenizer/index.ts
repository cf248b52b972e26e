export { type ClipBytePairs, clipBytePairs } from './clip-byte-pairs.ts';
