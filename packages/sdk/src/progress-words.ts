import type { GenerationStage } from '@stable-pose/core';
import type { EngineProgress } from './generation-engine.ts';

const stageWords: Readonly<Record<GenerationStage, string>> = {
  load: 'opening the model',
  text: 'reading the words',
  pose: 'reading the pose',
  encode: 'reading the picture',
  denoise: 'drawing',
  decode: 'developing',
  detail: 'adding detail',
  score: 'comparing the pose',
};

/** What is going on, in English: "picture 2 of 4, drawing 7/20, 12 s to go". */
export function progressWords(progress: EngineProgress): string {
  return [what(progress), rest(progress)].filter(Boolean).join(', ');
}

function what(progress: EngineProgress): string {
  if (progress.stage === 'wait') {
    const { ahead, isAway } = progress;
    if (isAway) return 'the server does not answer, trying again';
    return ahead ? `waiting for ${ahead === 1 ? 'one other request' : `${ahead} other requests`}` : 'waiting';
  }
  if (progress.stage === 'fetch') {
    const { name, bytes, totalBytes } = progress;
    const share = totalBytes ? ` ${Math.floor((100 * bytes) / totalBytes)} %` : '';
    return `fetching ${name}${share}`;
  }
  const { picture, pictures, stage, step, steps } = progress;
  const which = pictures > 1 ? `picture ${picture} of ${pictures}, ` : '';
  return `${which}${stageWords[stage]}${steps > 0 ? ` ${step}/${steps}` : ''}`;
}

function rest(progress: EngineProgress): string {
  const { secondsRemaining } = progress;
  if (secondsRemaining === undefined) return '';
  if ('steps' in progress && progress.steps === 0) return '';
  return `${Math.ceil(secondsRemaining)} s to go`;
}
