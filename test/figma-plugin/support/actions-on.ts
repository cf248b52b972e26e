import type { GenerationEngine } from '@stable-pose/sdk';
import { barText } from '../../../packages/figma-plugin/src/ui/bar-text.ts';
import { DocumentActions } from '../../../packages/figma-plugin/src/ui/document-actions.ts';
import type { FigmaBench } from './figma-bench.ts';

/** In English, with an engine that is there and no library of poses. */
export function actionsOn(
  { host, main }: Pick<FigmaBench, 'host' | 'main'>,
  engine: GenerationEngine,
): DocumentActions {
  return new DocumentActions({
    host,
    main,
    engine: async () => engine,
    text: barText('en'),
    namedPose: async () => undefined,
  });
}
