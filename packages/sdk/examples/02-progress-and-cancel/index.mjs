// How far it is, in words; and Ctrl-C stops it, here after the third step.
import { progressShare, progressWords, StablePoseError } from '@stable-pose/sdk';
import { createNodeEngine } from '@stable-pose/sdk/node';

const engine = createNodeEngine();
const controller = new AbortController();
process.once('SIGINT', () => controller.abort());

try {
  await engine.generate(
    { prompt: 'a man in a navy jacket', steps: 30 },
    {
      signal: controller.signal,
      onProgress: (progress) => {
        console.log(`${Math.round(100 * progressShare(progress))} %  ${progressWords(progress)}`);
        if (progress.stage === 'denoise' && progress.step === 3) controller.abort();
      },
    },
  );
} catch (error) {
  // Errors are told apart by their code, wherever they come from.
  if (!StablePoseError.is(error) || error.code !== 'cancelled') throw error;
  console.log('Cancelled. The engine is ready for the next picture.');
} finally {
  await engine.dispose();
}
