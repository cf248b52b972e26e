import type { ExternalData } from '@stable-pose/core/contract';
import type { InPlaceRange } from './weight-checkpoint.ts';

/** Where a graph finds its weights: names of external data, and offsets within them. */
export interface WeightPlaces {
  readonly externalData: readonly ExternalData[];
  locate(range: InPlaceRange): { readonly location: string; readonly offset: number };
}

/** Gives a part of a file as external data. */
export type CutFiles = (location: string, file: string, start: number, end: number) => ExternalData;

/** A gap of this size between two weights is carried along: a range more costs as much. */
const largestGap = 64 * 1024;

/** Whole files, by their paths. */
export function wholeWeightFiles(ranges: readonly InPlaceRange[]): WeightPlaces {
  const locations = locationsOf([...new Set(ranges.map(({ file }) => file))]);
  return {
    externalData: [...locations].map(([path, location]) => ({ location, kind: 'file', path })),
    locate: ({ file, offset }) => ({ location: locations.get(file)!, offset }),
  };
}

/** The ranges that are used and no more: builds of onnxruntime-web read external data whole, and some copy it. */
export function cutWeightFiles(ranges: readonly InPlaceRange[], cut: CutFiles): WeightPlaces {
  const byFile = new Map<string, InPlaceRange[]>();
  for (const range of ranges) byFile.set(range.file, [...(byFile.get(range.file) ?? []), range]);
  const segments: { readonly location: string; readonly file: string; start: number; end: number }[] = [];
  for (const [file, own] of byFile) {
    let last: (typeof segments)[number] | undefined;
    for (const { offset, length } of own.sort((a, b) => a.offset - b.offset)) {
      if (last && offset <= last.end + largestGap) {
        last.end = Math.max(last.end, offset + length);
      } else {
        last = { location: `weights-${segments.length}`, file, start: offset, end: offset + length };
        segments.push(last);
      }
    }
  }
  return {
    externalData: segments.map(({ location, file, start, end }) => cut(location, file, start, end)),
    locate({ file, offset }) {
      const segment = segments.find((one) => one.file === file && one.start <= offset && offset < one.end)!;
      return { location: segment.location, offset: offset - segment.start };
    },
  };
}

/**
 * Names for files by which one folder finds them all: each path's tail below the files' deepest common folder, with
 * forward slashes. onnxruntime refuses absolute locations and `..`.
 */
export function locationsOf(files: readonly string[]): Map<string, string> {
  if (files.length === 0) return new Map();
  const separator = /^([A-Za-z]:)?\\/.test(files[0]!) ? '\\' : '/';
  const paths = files.map((file) => file.split(separator));
  const isShared = (depth: number) =>
    paths.every((parts) => depth < parts.length - 1 && parts[depth] === paths[0]![depth]);
  let depth = 0;
  while (isShared(depth)) depth++;
  return new Map(files.map((file, index) => [file, paths[index]!.slice(depth).join('/')]));
}
