import { StablePoseError } from '@stable-pose/core';

/** Where a table stands in a text: between `<!-- table: begin -->` and its end, or `<!-- table NAME: begin -->`. */
export interface TablePlace {
  /** The folder in the given one whose reports it is made of; the given one itself when left out. */
  readonly folder?: string;
}

const begin = /<!-- table(?: ([\w-]+))?: begin -->/g;
const markOf = ({ folder }: TablePlace, which: 'begin' | 'end') =>
  `<!-- table${folder === undefined ? '' : ` ${folder}`}: ${which} -->`;

/**
 * The places of tables in a text.
 * @param file names it in messages
 * @throws invalid-input without any
 */
export function tablePlaces(text: string, file: string): TablePlace[] {
  const places = [...text.matchAll(begin)].map(([, folder]) => ({ folder }));
  if (places.length > 0) return places;
  throw new StablePoseError('invalid-input', `${file} has no place for the tables.`, {
    remedy: `Write the lines ${markOf({}, 'begin')} and ${markOf({}, 'end')} where they belong.`,
  });
}

/** The text with a table at its place. @throws invalid-input when the place has no end */
export function withTable(text: string, place: TablePlace, table: string, file: string): string {
  const from = text.indexOf(markOf(place, 'begin')) + markOf(place, 'begin').length;
  const to = text.indexOf(markOf(place, 'end'), from);
  if (to === -1) {
    throw new StablePoseError('invalid-input', `${file} does not say where a table ends.`, {
      remedy: `Write the line ${markOf(place, 'end')} below ${markOf(place, 'begin')}.`,
    });
  }
  return `${text.slice(0, from)}\n\n${table}\n\n${text.slice(to)}`;
}
