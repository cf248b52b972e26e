import { useSignal, useSignalEffect, effect as watch } from '@preact/signals';
import { limbs } from '@stable-pose/core';
import { Box, FlipHorizontal, Maximize, ScanEye, ZoomIn, ZoomOut } from 'lucide-preact';
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import type { Person, Point } from '../editor/index.ts';
import { leastFieldOfView, mostFieldOfView } from '../figure/camera.ts';
import { type Side, Space, sideYaws } from '../state/space.ts';
import { targetOf } from '../view/canvas.tsx';
import { IconButton } from '../view/icon-button.tsx';
import { PartShapes } from '../view/part-shapes.tsx';
import { useStudio } from '../view/studio-context.ts';
import { usePointers } from '../view/use-pointers.ts';
import { fitted, type Viewport, zoomed } from '../view/viewport.ts';
import { beginSpaceGesture } from './space-gestures.ts';
import { flipSelected, pressSpaceKey } from './space-keys.ts';
import { SpaceScene } from './space-scene.ts';

/** Joints that are pulled: hands, feet, hips and head are large, those between them small. Eyes and ears go with the head. */
const handles = [0, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];
const large = new Set([0, 9, 10, 11, 12, 15, 16]);
const sides = Object.keys(sideYaws) as readonly Side[];

/** The stage in three dimensions: mannequins, and over them what goes to the engine, joint for joint. */
export function SpaceStage() {
  const studio = useStudio();
  const { editing } = studio;
  const space = useMemo(() => new Space(editing), [editing]);
  const svg = useRef<SVGSVGElement>(null);
  const drawing = useRef<HTMLCanvasElement>(null);
  const stage = useSignal({ width: 0, height: 0 });
  const view = useSignal<Viewport>({ x: 0, y: 0, zoom: 1 });
  const isPanning = useSignal(false);
  const isFitted = useRef(true);
  const isBlind = useSignal(false);

  useLayoutEffect(() => {
    const observer = new ResizeObserver(([entry]) => {
      const { width, height } = entry.contentRect;
      if (width > 0 && height > 0) stage.value = { width, height };
    });
    observer.observe(svg.current!);
    return () => observer.disconnect();
  }, [stage]);
  useSignalEffect(() => {
    const { size } = editing.document.value;
    if (stage.value.width > 0 && isFitted.current) view.value = fitted(size, stage.value);
  });

  // Drawn when something changed, and once a frame at most.
  useEffect(() => {
    let scene: SpaceScene | undefined;
    try {
      scene = new SpaceScene(drawing.current!);
    } catch {
      isBlind.value = true;
      return;
    }
    let frame = 0;
    const draw = () => {
      const { figures, camera, document } = space.state.peek();
      const active = document.people.findIndex(({ id }) => id === editing.active.peek()?.id);
      const { size } = document;
      scene.draw({ figures, active, camera, size, viewport: view.peek(), stage: stage.peek() });
    };
    const end = watch(() => {
      space.state.value;
      editing.active.value;
      view.value;
      if (stage.value.width === 0) return;
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(draw);
    });
    return () => {
      end();
      cancelAnimationFrame(frame);
      scene.dispose();
    };
  }, [space, editing, view, stage, isBlind]);

  const zoomAt = (factor: number, at?: Point) => {
    isFitted.current = false;
    const { width, height } = stage.peek();
    view.value = zoomed(view.peek(), factor, at ?? { x: width / 2, y: height / 2 });
  };
  const fit = () => {
    isFitted.current = true;
    view.value = fitted(editing.document.peek().size, stage.peek());
  };
  const focusKeypoint = (person: string, index: number) => {
    requestAnimationFrame(() =>
      svg.current?.querySelector<SVGElement>(`[data-person="${person}"][data-keypoint="${index}"]`)?.focus(),
    );
  };
  usePointers(svg, view, isPanning, {
    begin: (event, at) => {
      const keys = { alt: event.altKey, shift: event.shiftKey };
      return beginSpaceGesture(studio, space, targetOf(event), at, keys);
    },
    drop: () => space.drop(),
    pan: (dx, dy) => {
      isFitted.current = false;
      const { x, y, zoom } = view.peek();
      view.value = { zoom, x: x + dx, y: y + dy };
    },
    zoom: zoomAt,
  });

  const { document, camera } = space.state.value;
  const { size, people } = document;
  const { x, y, zoom } = view.value;
  const text = studio.text.value;
  const active = editing.active.value;
  const covered = space.covered.value;
  const offered = space.offered();
  const side = space.sideOf(space.state.value);
  const backdrop = studio.backdrop.value;
  const place = `translate(${x} ${y}) scale(${zoom})`;
  return (
    <div
      class="stage space"
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        const file = event.dataTransfer?.files[0];
        if (file) void studio.openFile(file, file.name);
      }}
    >
      <svg class="behind" aria-hidden="true">
        <g transform={place}>
          <rect class="paper" width={size.width} height={size.height} rx={3 / zoom} />
          {backdrop && (
            <image
              href={backdrop.url}
              width={size.width}
              height={size.height}
              opacity={backdrop.opacity}
              preserveAspectRatio="xMidYMid meet"
            />
          )}
        </g>
      </svg>
      <canvas ref={drawing} class="drawing" role="presentation" />
      <svg
        ref={svg}
        class={isPanning.value ? 'canvas panning' : 'canvas'}
        role="group"
        aria-label={text.space.canvas}
        tabindex={0}
        onKeyDown={(event) => {
          const keys = { zoomBy: zoomAt, fit, focusKeypoint };
          if (pressSpaceKey(event, studio, space, keys)) event.preventDefault();
        }}
        onFocusIn={(event) => {
          const { person, keypoint } = (event.target as SVGElement).dataset ?? {};
          if (person === undefined || keypoint === undefined) return;
          if (!(event.target as SVGElement).matches(':focus-visible')) return;
          if (!editing.selection.peek().get(person)?.has(Number(keypoint)))
            editing.selectKeypoint(person, Number(keypoint));
        }}
      >
        <g transform={place}>
          <rect class="paper-edge" width={size.width} height={size.height} stroke-width={1 / zoom} />
          {people.map((person, i) => (
            <Handles
              key={person.id}
              person={person}
              name={text.person(i + 1)}
              isActive={person.id === active?.id}
              covered={covered[i] ?? []}
              zoom={zoom}
            />
          ))}
        </g>
      </svg>
      {isBlind.value && <p class="box-hint blind">{text.space.noWebGl}</p>}
      <div class="space-sides segmented" role="group" aria-label={text.seenFrom}>
        {sides.map((one) => (
          <button key={one} type="button" aria-pressed={one === side} onClick={() => space.goTo(one)}>
            {text.space.sides[one]}
          </button>
        ))}
      </div>
      <div class="canvas-tools">
        <div class="tool-group">
          <FieldOfView space={space} value={camera.fieldOfView} />
          <IconButton
            icon={FlipHorizontal}
            label={text.space.flip}
            shortcut="F"
            onClick={() => flipSelected(studio, space)}
          />
          {offered > 0 && (
            <button
              type="button"
              class="button quiet"
              aria-label={text.space.hideCovered(offered)}
              title={text.space.hideCovered(offered)}
              onClick={() => space.hideCovered()}
            >
              <ScanEye size={15} aria-hidden="true" />
              {offered}
            </button>
          )}
        </div>
        <div class="tool-group" role="group" aria-label={text.zoom}>
          <IconButton icon={ZoomOut} label={text.zoomOut} shortcut="-" onClick={() => zoomAt(0.8)} />
          <IconButton icon={ZoomIn} label={text.zoomIn} shortcut="+" onClick={() => zoomAt(1.25)} />
          <IconButton icon={Maximize} label={text.fit} shortcut="0" onClick={fit} />
          <IconButton
            icon={Box}
            label={text.space.toggle}
            shortcut="3"
            isPressed
            onClick={() => {
              studio.isInSpace.value = false;
            }}
          />
        </div>
      </div>
    </div>
  );
}

/** How wide the eye sees, one step a drag. */
function FieldOfView({ space, value }: { readonly space: Space; readonly value: number }) {
  const { space: text } = useStudio().text.value;
  return (
    <input
      class="opacity"
      type="range"
      min={leastFieldOfView}
      max={mostFieldOfView}
      step={1}
      value={value}
      aria-label={text.fieldOfView}
      title={`${text.fieldOfView}: ${Math.round(value)}°`}
      style={{ '--filled': `${((value - leastFieldOfView) / (mostFieldOfView - leastFieldOfView)) * 100}%` }}
      onInput={(event) => {
        const state = space.state.peek();
        space.look(state, { ...state.camera, fieldOfView: Number(event.currentTarget.value) });
      }}
      onChange={() => space.finish()}
    />
  );
}

interface HandlesProps {
  readonly person: Person;
  readonly name: string;
  readonly isActive: boolean;
  readonly covered: readonly boolean[];
  readonly zoom: number;
}

/** A person's joints where the camera sees them, and their limbs to take hold of the body. */
function Handles({ person, name, isActive, covered, zoom }: HandlesProps) {
  const studio = useStudio();
  const text = studio.text.value;
  const { keypoints, id } = person;
  const selected = studio.editing.selection.value.get(id);
  const isWhole = selected?.size === 17;
  const stop = selected?.size === 1 ? [...selected][0] : 0;
  return (
    <g class={isActive ? 'person active' : 'person'} role="group" aria-label={name}>
      {limbs.map(({ from, to, colour: [r, g, b] }) => {
        const [a, c] = [keypoints[from], keypoints[to]];
        if (a.state === 'deleted' || c.state === 'deleted') return null;
        const line = { x1: a.x, y1: a.y, x2: c.x, y2: c.y };
        const isSeen = a.state === 'shown' && c.state === 'shown';
        return (
          <g key={`${from}-${to}`}>
            {isActive && (
              <line
                {...line}
                class={isSeen ? 'limb space-limb' : 'limb space-limb unseen-limb'}
                stroke={`rgb(${r} ${g} ${b})`}
                stroke-width={2.5 / zoom}
                stroke-dasharray={isSeen ? undefined : `${3 / zoom} ${4 / zoom}`}
              />
            )}
            <line
              {...line}
              class="limb-grip"
              stroke-width={26 / zoom}
              data-person={id}
              data-limb={`${from}-${to}`}
            />
          </g>
        );
      })}
      <PartShapes person={person} zoom={zoom} isEdited={false} name={name} text={text} />
      {handles.map((i) => {
        const { x, y, state, isLocked } = keypoints[i];
        if (state === 'deleted') return null;
        const isSelected = selected?.has(i) ?? false;
        const words = text.keypointWords(text.keypoints[i], name, { state, isLocked, isUncertain: false });
        const radius = (large.has(i) ? 6.5 : 4) * (isActive ? 1 : 0.7);
        return (
          <g
            key={i}
            class={`keypoint space-handle${isSelected ? ' selected' : ''}${covered[i] ? ' covered' : ''}`}
            role="button"
            tabindex={i === stop ? 0 : -1}
            aria-label={covered[i] ? `${words}, ${text.space.covered}` : words}
            aria-pressed={isSelected}
            data-person={id}
            data-keypoint={i}
          >
            <circle class="grip" cx={x} cy={y} r={(large.has(i) ? 14 : 10) / zoom} />
            {isSelected && !isWhole && (
              <circle class="halo" cx={x} cy={y} r={(radius + 4) / zoom} stroke-width={2 / zoom} />
            )}
            <circle class={`dot ${state}`} cx={x} cy={y} r={radius / zoom} stroke-width={1.5 / zoom} />
            {isLocked && (
              <rect class="lock" x={x - 2 / zoom} y={y - 2 / zoom} width={4 / zoom} height={4 / zoom} />
            )}
          </g>
        );
      })}
    </g>
  );
}
