import { useSignal, useSignalEffect } from '@preact/signals';
import type { Size } from '@stable-pose/core';
import type { AreaPlan } from '@stable-pose/sdk';
import { X } from 'lucide-preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import {
  type Bounds,
  dragPartPoint,
  findPerson,
  type Point,
  partNames,
  partOf,
  personBounds,
  withPart,
  withPerson,
} from '../editor/index.ts';
import { areaOfResult } from '../state/result-area.ts';
import { BrushBar, BrushLayer, brushGesture } from './brush-layer.tsx';
import { beginGesture, boxGesture, type Target } from './canvas-gestures.ts';
import { pressKey } from './canvas-keys.ts';
import { CanvasTools } from './canvas-tools.tsx';
import { FoundShape } from './found-shape.tsx';
import { IconButton } from './icon-button.tsx';
import { PersonShape } from './person-shape.tsx';
import { useStudio } from './studio-context.ts';
import { usePointers } from './use-pointers.ts';
import { fitted, type Viewport, zoomed } from './viewport.ts';

/** The stage: the picture with its people, and everything that hands do on it. */
export function Canvas() {
  const studio = useStudio();
  const { editing } = studio;
  const svg = useRef<SVGSVGElement>(null);
  const stage = useSignal({ width: 0, height: 0 });
  const view = useSignal<Viewport>({ x: 0, y: 0, zoom: 1 });
  const marquee = useSignal<Bounds | undefined>(undefined);
  const isFitted = useRef(true);
  const isPanning = useSignal(false);
  const brushAt = useSignal<Point | undefined>(undefined);

  useLayoutEffect(() => {
    const element = svg.current!;
    const observer = new ResizeObserver(([entry]) => {
      const { width, height } = entry.contentRect;
      if (width > 0 && height > 0) stage.value = { width, height };
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [stage]);

  // A fitted picture stays fitted when the stage or the picture changes.
  useSignalEffect(() => {
    const { size } = editing.document.value;
    if (stage.value.width > 0 && isFitted.current) view.value = fitted(size, stage.value);
  });

  // Hands are small: who edits them is brought close.
  useSignalEffect(() => {
    const area = studio.lookAt.value;
    if (!area || stage.peek().width === 0) return;
    isFitted.current = false;
    const [wide, high] = [Math.max(8, area.right - area.left), Math.max(8, area.bottom - area.top)];
    const around = fitted({ width: wide * 1.5, height: high * 1.5 }, stage.peek());
    view.value = {
      zoom: around.zoom,
      x: around.x - (area.left - wide * 0.25) * around.zoom,
      y: around.y - (area.top - high * 0.25) * around.zoom,
    };
  });

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
      if (studio.isBrushing.peek()) return brushGesture(studio, at, view.peek().zoom);
      if (studio.isBoxing.peek()) return boxGesture(studio, at, (area) => (marquee.value = area));
      const keys = { alt: event.altKey, shift: event.shiftKey };
      return beginGesture(editing, targetOf(event), at, keys, (area) => {
        marquee.value = area;
      });
    },
    drop: () => {
      marquee.value = undefined;
      studio.start.draft.value = undefined;
      editing.drop();
    },
    pan: (dx, dy) => {
      isFitted.current = false;
      const { x, y, zoom } = view.peek();
      view.value = { zoom, x: x + dx, y: y + dy };
    },
    zoom: zoomAt,
  });

  const { size, people } = editing.document.value;
  const selection = editing.selection.value;
  const active = editing.active.value;
  const { x, y, zoom } = view.value;
  const text = studio.text.value;
  const isBoxing = studio.isBoxing.value;
  const isBrushing = studio.isBrushing.value;
  const hasStart = studio.startsFrom() === 'picture' && studio.start.picture.value !== undefined;
  const isShowing = studio.shownResultId.value !== undefined;
  const isOne = (person: string) => active?.id === person;

  return (
    <div
      class="stage"
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        const file = event.dataTransfer?.files[0];
        if (file) void studio.openFile(file, file.name);
      }}
    >
      <svg
        ref={svg}
        class={[
          'canvas',
          isPanning.value && 'panning',
          isShowing && 'showing',
          (isBoxing || isBrushing) && 'boxing',
        ]
          .filter(Boolean)
          .join(' ')}
        role="group"
        aria-label={text.canvas}
        tabindex={0}
        onPointerMove={(event) => {
          if (!isBrushing) return;
          const { left, top } = event.currentTarget.getBoundingClientRect();
          brushAt.value = { x: event.clientX - left, y: event.clientY - top };
        }}
        onPointerLeave={() => {
          brushAt.value = undefined;
        }}
        onKeyDown={(event) => {
          if (pressPartKey(event, studio)) {
            event.preventDefault();
            return;
          }
          if (isBrushing && pressBrushKey(event, studio)) {
            event.preventDefault();
            return;
          }
          const keys = { zoomBy: zoomAt, fit, focusKeypoint };
          if (pressKey(event, studio, keys)) event.preventDefault();
        }}
        onFocusIn={(event) => selectFocused(event, studio)}
      >
        <g transform={`translate(${x} ${y}) scale(${zoom})`}>
          <rect class="paper" width={size.width} height={size.height} rx={3 / zoom} />
          <Beneath />
          <g
            class={['people', !studio.showsSkeleton.value && 'faint', isBrushing && 'beneath-brush']
              .filter(Boolean)
              .join(' ')}
          >
            {people.map((person, i) => (
              <PersonShape
                key={person.id}
                person={person}
                selected={selection.get(person.id)}
                isActive={isOne(person.id)}
                name={text.person(i + 1)}
                zoom={zoom}
                text={text}
                editsParts={studio.editsParts.value && isOne(person.id)}
                tabIndexOf={tabStop(selection.get(person.id))}
              />
            ))}
          </g>
          <Found zoom={zoom} />
          <rect
            class="paper-edge"
            width={size.width}
            height={size.height}
            rx={3 / zoom}
            stroke-width={1 / zoom}
          />
          <TransformBox zoom={zoom} />
          {marquee.value && (
            <rect
              class="marquee"
              x={marquee.value.left}
              y={marquee.value.top}
              width={marquee.value.right - marquee.value.left}
              height={marquee.value.bottom - marquee.value.top}
              stroke-width={1 / zoom}
            />
          )}
        </g>
        {isBrushing && brushAt.value && (
          <circle class="brush-tip" cx={brushAt.value.x} cy={brushAt.value.y} r={studio.brushRadius.value} />
        )}
      </svg>
      {hasStart && !isShowing && <BrushLayer view={view.value} />}
      {isBrushing && <BrushBar />}
      {studio.editsParts.value && !isBrushing && <PartsHint />}
      {studio.reposedId.value !== undefined && !isBoxing && !isBrushing && <ReposeHint />}
      {isBoxing && <BoxHint />}
      {people.length === 0 && !isBoxing && !hasStart && (
        <div class="empty-stage">
          <p>{text.emptyStage}</p>
          <button type="button" class="button" onClick={() => (studio.panel.value = 'library')}>
            {text.chooseFromLibrary}
          </button>
        </div>
      )}
      <CanvasTools zoom={zoom} onZoom={zoomAt} onFit={fit} />
    </div>
  );
}

/** The preview of the picture that is being made, the shown result, or a picture behind. */
function Beneath() {
  const studio = useStudio();
  const { size } = studio.editing.document.value;
  const backdrop = studio.backdrop.value;
  const working = studio.jobs.list.value.find(({ state }) => state === 'working');
  const result = studio.shownResult.value;
  const isBrushing = studio.isBrushing.value;
  const made = result && { url: result.url, area: areaOfResult(result) };
  const preview =
    working?.previewUrl && working.area ? { url: working.previewUrl, area: working.area } : undefined;
  const shown = isBrushing ? undefined : (preview ?? made);
  const start = studio.startsFrom() === 'picture' ? studio.start.picture.value : undefined;
  return (
    <>
      {start && (
        <image
          class="start-image"
          href={start.url}
          width={size.width}
          height={size.height}
          preserveAspectRatio="xMidYMid slice"
        />
      )}
      {backdrop && !isBrushing && (
        <image
          href={backdrop.url}
          width={size.width}
          height={size.height}
          opacity={backdrop.opacity}
          preserveAspectRatio="xMidYMid meet"
        />
      )}
      {shown && <Drawn {...shown} size={size} />}
    </>
  );
}

/** A picture that was drawn for a part of a document, on the paper that is this part: its surroundings are cut off. */
function Drawn({
  url,
  area: { drawn, placed },
  size,
}: {
  readonly url: string;
  readonly area: AreaPlan;
  readonly size: Size;
}) {
  return (
    <svg
      aria-hidden="true"
      width={size.width}
      height={size.height}
      viewBox={`${placed.x} ${placed.y} ${placed.width} ${placed.height}`}
      preserveAspectRatio="xMidYMid meet"
    >
      <image href={url} {...drawn} preserveAspectRatio="none" />
    </svg>
  );
}

/** What the detector saw in the shown result. */
function Found({ zoom }: { readonly zoom: number }) {
  const studio = useStudio();
  const result = studio.shownResult.value;
  if (!studio.showsFound.value || !result?.score) return null;
  const { size } = studio.editing.document.value;
  return <FoundShape score={result.score} area={areaOfResult(result)} size={size} zoom={zoom} />;
}

/** While a box is to be drawn: what it is for, and ways out of it, for keys too. */
function BoxHint() {
  const studio = useStudio();
  const text = studio.text.value;
  return (
    <div class="box-hint" role="status">
      <p>{studio.isFinding.value ? text.finding : text.drawBox}</p>
      <button
        type="button"
        class="button quiet"
        disabled={studio.isFinding.value}
        onClick={() => void studio.findInBox()}
      >
        {text.wholePicture}
      </button>
      <IconButton icon={X} label={text.cancel} onClick={() => (studio.isBoxing.value = false)} />
    </div>
  );
}

/** While points of hands and face are in the hand. */
function PartsHint() {
  const studio = useStudio();
  const { parts } = studio.text.value;
  return (
    <div class="box-hint" role="status">
      <p>{parts.hint}</p>
      <button type="button" class="button quiet" onClick={() => studio.editParts(false)}>
        {parts.endEditing}
      </button>
    </div>
  );
}

/** While a result's people are moved: what happens, and the way out. */
function ReposeHint() {
  const studio = useStudio();
  const text = studio.text.value;
  return (
    <div class="box-hint" role="status">
      <p>{text.reposeHint}</p>
      <IconButton
        icon={X}
        label={text.endRepose}
        onClick={() => {
          studio.reposedId.value = undefined;
        }}
      />
    </div>
  );
}

/** Round people who are selected as a whole. */
function TransformBox({ zoom }: { readonly zoom: number }) {
  const { editing, text } = useStudio();
  const selection = editing.selection.value;
  const whole = editing.document.value.people.filter(({ id }) => selection.get(id)?.size === 17);
  const bounds = personBounds(whole);
  if (!bounds) return null;
  const pad = 14 / zoom;
  const [left, top, right, bottom] = [
    bounds.left - pad,
    bounds.top - pad,
    bounds.right + pad,
    bounds.bottom + pad,
  ];
  const middle = (left + right) / 2;
  const side = 9 / zoom;
  const corners = [
    ['nw', left, top],
    ['ne', right, top],
    ['se', right, bottom],
    ['sw', left, bottom],
  ] as const;
  const { moveHandle, turnHandle, sizeHandle } = text.value;
  return (
    <g class="box" stroke-width={1 / zoom}>
      <rect
        class="box-edge"
        x={left}
        y={top}
        width={right - left}
        height={bottom - top}
        stroke-dasharray={`${4 / zoom}`}
      />
      <line class="box-edge" x1={middle} y1={top} x2={middle} y2={top - 22 / zoom} />
      {corners.map(([name, x, y]) => (
        <rect
          key={name}
          class={`handle handle-${name}`}
          data-handle={name}
          x={x - side / 2}
          y={y - side / 2}
          width={side}
          height={side}
          rx={2 / zoom}
        >
          <title>{sizeHandle}</title>
        </rect>
      ))}
      <circle class="handle handle-turn" data-handle="turn" cx={middle} cy={top - 22 / zoom} r={6 / zoom}>
        <title>{turnHandle}</title>
      </circle>
      <rect
        class="handle handle-move"
        data-handle="move"
        x={middle - 14 / zoom}
        y={bottom - 5 / zoom}
        width={28 / zoom}
        height={10 / zoom}
        rx={5 / zoom}
      >
        <title>{moveHandle}</title>
      </rect>
    </g>
  );
}

/** What the tab key reaches of a person: the joint that is selected, or the nose. */
function tabStop(selected: ReadonlySet<number> | undefined): number {
  return selected?.size === 1 ? [...selected][0] : 0;
}

function selectFocused(event: FocusEvent, { editing }: ReturnType<typeof useStudio>): void {
  const target = event.target as SVGElement;
  const { person, keypoint } = target.dataset ?? {};
  if (person === undefined || keypoint === undefined) return;
  // A pointer has its own way of selecting.
  if (!target.matches(':focus-visible')) return;
  if (!editing.selection.peek().get(person)?.has(Number(keypoint)))
    editing.selectKeypoint(person, Number(keypoint));
}

/** Arrows on a point of a hand or face move it; comma and full stop go to the next; Delete takes it away. */
function pressPartKey(event: KeyboardEvent, studio: ReturnType<typeof useStudio>): boolean {
  const element = (event.target as Element).closest<SVGElement>('[data-part]');
  const { person: id, part, point } = element?.dataset ?? {};
  const name = partNames.find((one) => one === part);
  const index = Number(point);
  const person = id === undefined ? undefined : findPerson(studio.editing.document.peek(), id);
  if (event.ctrlKey || event.metaKey) return false;
  if (event.key === 'Escape' && studio.editsParts.peek()) {
    studio.editParts(false);
    return true;
  }
  const at = name && person && partOf(person, name)?.[index];
  if (!element || !at) return false;
  const put = (next: typeof person) => studio.editing.apply((document) => withPerson(document, next));
  const far = event.shiftKey ? 10 : 1;
  const way = { ArrowLeft: [-far, 0], ArrowRight: [far, 0], ArrowUp: [0, -far], ArrowDown: [0, far] }[
    event.key
  ];
  if (way) {
    // Freely: a bone that turned would not go where the arrow points.
    put(dragPartPoint(person, name, index, { x: at[0] + way[0], y: at[1] + way[1] }, { stretches: true }));
  } else if (event.key === '.' || event.key === ',') {
    const points = [...(element.parentElement?.querySelectorAll<SVGElement>('[data-point]') ?? [])];
    const next = points.indexOf(element) + (event.key === '.' ? 1 : -1);
    points[(next + points.length) % points.length]?.focus();
  } else if (event.key === 'Delete' || event.key === 'Backspace') {
    const points = partOf(person, name) ?? [];
    put(
      withPart(
        person,
        name,
        points.map((one, i) => (i === index ? ([0, 0, 0] as const) : one)),
      ),
    );
  } else return false;
  return true;
}

/** Strokes are undone as gestures are; brackets make the brush smaller and larger. */
function pressBrushKey(event: KeyboardEvent, studio: ReturnType<typeof useStudio>): boolean {
  const { start, brushRadius } = studio;
  const key = event.key.toLowerCase();
  const isCommand = event.ctrlKey || event.metaKey;
  if (isCommand && key === 'z' && !event.shiftKey) start.undo();
  else if (isCommand && (key === 'y' || key === 'z')) start.redo();
  else if (isCommand) return false;
  else if (key === '[') brushRadius.value = Math.max(2, brushRadius.peek() - 4);
  else if (key === ']') brushRadius.value = Math.min(160, brushRadius.peek() + 4);
  else if (key === 'e') studio.isErasing.value = !studio.isErasing.peek();
  else if (key === 'escape') studio.brush(false);
  else return false;
  return true;
}

/** What lies under a pointer, by the marks of the drawing. */
export function targetOf(event: PointerEvent): Target {
  const element = event.target as SVGElement;
  const joint = element.closest<SVGElement>('[data-keypoint]')?.dataset;
  if (joint?.person !== undefined) {
    return { kind: 'keypoint', person: joint.person, index: Number(joint.keypoint) };
  }
  const point = element.closest<SVGElement>('[data-part]')?.dataset;
  const part = partNames.find((name) => name === point?.part);
  if (point?.person !== undefined && part) {
    return { kind: 'part', person: point.person, part, index: Number(point.point) };
  }
  const { person, limb, handle } = element.dataset;
  if (handle !== undefined) return { kind: 'handle', handle };
  if (person !== undefined && limb !== undefined) {
    const [from, to] = limb.split('-').map(Number);
    return { kind: 'limb', person, from, to };
  }
  return { kind: 'ground' };
}
