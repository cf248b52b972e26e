export { NumpyArray } from './numpy-array.ts';
export { readNpy, readNpz } from './read-npz.ts';
export { type WrittenArray, type WrittenRecord, writeRecordsNpz } from './write-records-npz.ts';
