import { readFile } from 'node:fs/promises';
import { type PoseReading, readPoses } from '@stable-pose/core';

/** One picture of the demonstration. */
export interface DemoPicture {
  /** Of the pose file in poses/, and of the results. */
  readonly name: string;
  readonly title: string;
  readonly prompt: string;
  readonly seed: number;
}

/** Front, side and rear; one, two and three people; words that the model inside knows. */
export const demoPictures: readonly DemoPicture[] = [
  {
    name: 'standing-front',
    title: 'Hand on hip',
    prompt:
      'a young woman in a red dress with long black hair standing from the front, on a grey studio background',
    seed: 1,
  },
  {
    name: 'walking-side',
    title: 'Walking',
    prompt:
      'a man in a navy jacket and beige trousers with short brown hair walking from the side, on a street',
    seed: 2,
  },
  {
    name: 'standing-rear',
    title: 'Looking out',
    prompt: 'a woman in a white dress with long blond hair standing from behind, on a beach',
    seed: 3,
  },
  {
    name: 'running-side',
    title: 'Running',
    prompt:
      'a muscular man in an orange tank top and black shorts with short black hair running from the side, on grass',
    seed: 4,
  },
  {
    name: 'arms-up-front',
    title: 'Arms up',
    prompt:
      'a woman in a yellow t-shirt and blue jeans with red hair arms up from the front, on a teal background',
    seed: 5,
  },
  {
    name: 'sitting-three-quarter',
    title: 'Seated',
    prompt:
      'an old man in a green sweater and brown trousers with short grey hair sitting three-quarter view, in a room',
    seed: 6,
  },
  {
    name: 'kneeling-front',
    title: 'Kneeling',
    prompt:
      'a man in a white t-shirt and olive trousers with short black hair kneeling three-quarter view, in the desert',
    seed: 7,
  },
  {
    name: 'dancing-rear',
    title: 'Dancing, from behind',
    prompt: 'a woman in a purple dress with a ponytail dancing from behind, in a city at night',
    seed: 8,
  },
  {
    name: 'two-people',
    title: 'Two, greeting',
    prompt:
      'a man in a maroon sweater and black trousers with short brown hair waving and a woman in a blue dress with long black hair, in the snow',
    seed: 9,
  },
  {
    name: 'three-people',
    title: 'Three together',
    prompt:
      'a woman in a pink dress and a man in a black jacket and grey trousers and a woman in a cyan t-shirt and white skirt, in a forest',
    seed: 10,
  },
];

/** Names of the poses that ship with the command: `--pose standing-front`. */
export const builtInPoses: readonly string[] = demoPictures.map(({ name }) => name);

export async function readBuiltInPose(name: string): Promise<PoseReading> {
  return readPoses(await readFile(new URL(`./poses/${name}.json`, import.meta.url), 'utf8'));
}
