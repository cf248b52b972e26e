import { useSignal } from '@preact/signals';
import { StablePoseError } from '@stable-pose/core';
import type { ComponentType } from 'preact';
import { useEffect } from 'preact/hooks';
import { Canvas } from './canvas.tsx';
import { useStudio } from './studio-context.ts';

/** The canvas in the plane, or in space: that and three.js are fetched when they are first asked for. */
export function Stage() {
  const studio = useStudio();
  const loaded = useSignal<{ readonly view: ComponentType } | undefined>(undefined);
  const isInSpace = studio.isInSpace.value;
  useEffect(() => {
    if (!isInSpace || loaded.peek()) return;
    import('../space-view/space-stage.tsx').then(
      ({ SpaceStage }) => {
        loaded.value = { view: SpaceStage };
      },
      (cause: unknown) => {
        studio.isInSpace.value = false;
        studio.notices.report(
          new StablePoseError('download-failed', studio.text.peek().space.notLoaded, { cause }),
        );
      },
    );
  }, [isInSpace, loaded, studio]);
  const View = loaded.value?.view;
  return isInSpace && View ? <View /> : <Canvas />;
}
