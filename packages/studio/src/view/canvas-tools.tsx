import {
  Box,
  Eye,
  EyeOff,
  ImageOff,
  ImagePlus,
  Maximize,
  PersonStanding,
  ScanEye,
  ScanLine,
  ScanSearch,
  X,
  ZoomIn,
  ZoomOut,
} from 'lucide-preact';
import { IconButton } from './icon-button.tsx';
import { useStudio } from './studio-context.ts';

export interface CanvasToolsProps {
  readonly zoom: number;
  readonly onZoom: (factor: number) => void;
  readonly onFit: () => void;
}

/** In the corners of the stage: zoom, and what lies under the skeletons. */
export function CanvasTools({ zoom, onZoom, onFit }: CanvasToolsProps) {
  const studio = useStudio();
  const text = studio.text.value;
  const backdrop = studio.backdrop.value;
  const result = studio.shownResult.value;
  const hasResult = result !== undefined;
  const isInDocument = studio.hostSelection.value?.area !== undefined;
  const { capabilities, name } = studio.host.info;
  return (
    <div class="canvas-tools">
      <div class="tool-group" role="group" aria-label={text.beneath}>
        {isInDocument && (
          <IconButton icon={ScanLine} label={text.showDocument} onClick={() => void studio.takeFromHost()} />
        )}
        {isInDocument && capabilities.poses === 'place' && (
          <IconButton
            icon={PersonStanding}
            label={text.putPeople(name)}
            onClick={() => void studio.putPeople()}
          />
        )}
        <IconButton icon={ImagePlus} label={text.pictureBehind} onClick={() => void studio.openBackdrop()} />
        {backdrop && (
          <>
            <input
              class="opacity"
              type="range"
              min={0}
              max={1}
              step={0.05}
              value={backdrop.opacity}
              aria-label={text.opacity}
              style={{ '--filled': `${backdrop.opacity * 100}%` }}
              onInput={(event) => {
                studio.backdrop.value = { ...backdrop, opacity: Number(event.currentTarget.value) };
              }}
            />
            {studio.canFindInBox() && (
              <IconButton
                icon={ScanSearch}
                label={text.findInBox}
                isPressed={studio.isBoxing.value}
                onClick={() => {
                  studio.isBoxing.value = !studio.isBoxing.peek();
                }}
              />
            )}
            <IconButton
              icon={ImageOff}
              label={text.removePicture}
              onClick={() => studio.showBackdrop(undefined)}
            />
          </>
        )}
        {hasResult && (
          <>
            <IconButton
              icon={studio.showsSkeleton.value ? Eye : EyeOff}
              label={text.skeletonOverPicture}
              isPressed={studio.showsSkeleton.value}
              onClick={() => {
                studio.showsSkeleton.value = !studio.showsSkeleton.peek();
              }}
            />
            {result?.score && (
              <IconButton
                icon={ScanEye}
                label={text.showFound}
                isPressed={studio.showsFound.value}
                onClick={() => {
                  studio.showsFound.value = !studio.showsFound.peek();
                }}
              />
            )}
            <IconButton
              icon={X}
              label={text.backToPose}
              onClick={() => {
                studio.showResult(undefined);
                studio.showsSkeleton.value = true;
              }}
            />
          </>
        )}
      </div>
      <div class="tool-group" role="group" aria-label={text.zoom}>
        <IconButton icon={ZoomOut} label={text.zoomOut} shortcut="-" onClick={() => onZoom(0.8)} />
        <output class="zoom">{Math.round(zoom * 100)} %</output>
        <IconButton icon={ZoomIn} label={text.zoomIn} shortcut="+" onClick={() => onZoom(1.25)} />
        <IconButton icon={Maximize} label={text.fit} shortcut="0" onClick={onFit} />
        <IconButton
          icon={Box}
          label={text.space.toggle}
          shortcut="3"
          isPressed={false}
          onClick={() => {
            studio.isInSpace.value = true;
          }}
        />
      </div>
    </div>
  );
}
