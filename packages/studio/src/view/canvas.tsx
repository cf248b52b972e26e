import { useSignal, useSignalEffect } from '@preact/signals';
import { X } from 'lucide-preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { type Bounds, type Point, personBounds } from '../editor/index.ts';
import { beginGesture, boxGesture, type Gesture, type Target } from './canvas-gestures.ts';
import { pressKey } from './canvas-keys.ts';
import { CanvasTools } from './canvas-tools.tsx';
import { FoundShape } from './found-shape.tsx';
import { IconButton } from './icon-button.tsx';
import { PersonShape } from './person-shape.tsx';
import { useStudio } from './studio-context.ts';
import { fitted, toPicture, type Viewport, zoomed } from './viewport.ts';

/** Pixels of the screen that a pointer may tremble before a click is a drag. */
const tremble = 3;

interface Held {
  readonly id: number;
  readonly from: Point;
  at: Point;
  hasMoved: boolean;
}

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
      if (studio.isBoxing.peek()) return boxGesture(studio, at, (area) => (marquee.value = area));
      const keys = { alt: event.altKey, shift: event.shiftKey };
      return beginGesture(editing, targetOf(event), at, keys, (area) => {
        marquee.value = area;
      });
    },
    drop: () => {
      marquee.value = undefined;
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
        class={['canvas', isPanning.value && 'panning', isShowing && 'showing', isBoxing && 'boxing']
          .filter(Boolean)
          .join(' ')}
        role="group"
        aria-label={text.canvas}
        tabindex={0}
        onKeyDown={(event) => {
          const keys = { zoomBy: zoomAt, fit, focusKeypoint };
          if (pressKey(event, studio, keys)) event.preventDefault();
        }}
        onFocusIn={(event) => selectFocused(event, studio)}
      >
        <g transform={`translate(${x} ${y}) scale(${zoom})`}>
          <rect class="paper" width={size.width} height={size.height} rx={3 / zoom} />
          <Beneath />
          <g class={studio.showsSkeleton.value ? 'people' : 'people faint'}>
            {people.map((person, i) => (
              <PersonShape
                key={person.id}
                person={person}
                selected={selection.get(person.id)}
                isActive={isOne(person.id)}
                name={text.person(i + 1)}
                zoom={zoom}
                text={text}
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
      </svg>
      {isBoxing && <BoxHint />}
      {people.length === 0 && !isBoxing && (
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
  const result = studio.gallery.results.value.find(({ id }) => id === studio.shownResultId.value);
  const shown = working?.previewUrl ?? result?.url;
  return (
    <>
      {backdrop && (
        <image
          href={backdrop.url}
          width={size.width}
          height={size.height}
          opacity={backdrop.opacity}
          preserveAspectRatio="xMidYMid meet"
        />
      )}
      {shown && (
        <image href={shown} width={size.width} height={size.height} preserveAspectRatio="xMidYMid meet" />
      )}
    </>
  );
}

/** What the detector saw in the shown result. */
function Found({ zoom }: { readonly zoom: number }) {
  const studio = useStudio();
  const result = studio.gallery.results.value.find(({ id }) => id === studio.shownResultId.value);
  if (!studio.showsFound.value || !result?.score) return null;
  const { width = result.width, height = result.height } = result.request;
  const { size } = studio.editing.document.value;
  return <FoundShape score={result.score} from={{ width, height }} size={size} zoom={zoom} />;
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

function targetOf(event: PointerEvent): Target {
  const element = event.target as SVGElement;
  const joint = element.closest<SVGElement>('[data-keypoint]')?.dataset;
  if (joint?.person !== undefined) {
    return { kind: 'keypoint', person: joint.person, index: Number(joint.keypoint) };
  }
  const { person, limb, handle } = element.dataset;
  if (handle !== undefined) return { kind: 'handle', handle };
  if (person !== undefined && limb !== undefined) {
    const [from, to] = limb.split('-').map(Number);
    return { kind: 'limb', person, from, to };
  }
  return { kind: 'ground' };
}

interface PointerWork {
  readonly begin: (event: PointerEvent, at: Point) => Gesture;
  readonly drop: () => void;
  readonly pan: (dx: number, dy: number) => void;
  readonly zoom: (factor: number, at: Point) => void;
}

/** Pointers (mouse, pen, fingers) and the wheel: one pointer works, two pinch, the middle button and the space bar pan. */
function usePointers(
  svg: { readonly current: SVGSVGElement | null },
  view: { readonly peek: () => Viewport },
  isPanning: { value: boolean },
  work: PointerWork,
): void {
  const latest = useRef(work);
  latest.current = work;
  useEffect(() => {
    const element = svg.current!;
    const held = new Map<number, Held>();
    let gesture: Gesture | undefined;
    let isSpaceDown = false;
    let frame = 0;
    const place = (event: MouseEvent): Point => {
      const { left, top } = element.getBoundingClientRect();
      return { x: event.clientX - left, y: event.clientY - top };
    };
    const drop = () => {
      cancelAnimationFrame(frame);
      gesture = undefined;
      latest.current.drop();
    };
    const down = (event: PointerEvent) => {
      if (event.button === 2) return;
      element.setPointerCapture(event.pointerId);
      const at = place(event);
      held.set(event.pointerId, { id: event.pointerId, from: at, at, hasMoved: false });
      const target = event.target as SVGElement;
      (target.closest<SVGElement>('[data-keypoint]') ?? element).focus({ preventScroll: true });
      if (held.size === 2) {
        drop();
        return;
      }
      isPanning.value = event.button === 1 || isSpaceDown;
      if (!isPanning.value) gesture = latest.current.begin(event, toPicture(view.peek(), at));
      event.preventDefault();
    };
    const move = (event: PointerEvent) => {
      const mine = held.get(event.pointerId);
      if (!mine) return;
      const at = place(event);
      const old = mine.at;
      if (held.size === 2) {
        const other = [...held.values()].find(({ id }) => id !== event.pointerId)!.at;
        const before = Math.hypot(old.x - other.x, old.y - other.y);
        const now = Math.hypot(at.x - other.x, at.y - other.y);
        if (before > 1)
          latest.current.zoom(now / before, { x: (at.x + other.x) / 2, y: (at.y + other.y) / 2 });
        latest.current.pan((at.x - old.x) / 2, (at.y - old.y) / 2);
        mine.at = at;
        return;
      }
      mine.at = at;
      if (isPanning.value) {
        latest.current.pan(at.x - old.x, at.y - old.y);
        return;
      }
      mine.hasMoved ||= Math.hypot(at.x - mine.from.x, at.y - mine.from.y) > tremble;
      if (!mine.hasMoved || !gesture) return;
      const keys = { alt: event.altKey, shift: event.shiftKey };
      cancelAnimationFrame(frame);
      // Pointers may tell more often than the screen shows.
      frame = requestAnimationFrame(() => gesture?.move(toPicture(view.peek(), at), keys));
    };
    const up = (event: PointerEvent) => {
      const mine = held.get(event.pointerId);
      held.delete(event.pointerId);
      if (!mine || held.size > 0) return;
      if (gesture) {
        cancelAnimationFrame(frame);
        const keys = { alt: event.altKey, shift: event.shiftKey };
        if (mine.hasMoved) gesture.move(toPicture(view.peek(), place(event)), keys);
        gesture.end(mine.hasMoved);
      }
      gesture = undefined;
      isPanning.value = isSpaceDown;
    };
    const cancel = (event: PointerEvent) => {
      held.delete(event.pointerId);
      isPanning.value = false;
      drop();
    };
    const wheel = (event: WheelEvent) => {
      event.preventDefault();
      const scale = event.deltaMode === 1 ? 16 : 1;
      if (event.shiftKey) latest.current.pan(-event.deltaY * scale, 0);
      else latest.current.zoom(Math.exp((-event.deltaY * scale) / (event.ctrlKey ? 100 : 400)), place(event));
    };
    const keyDown = (event: KeyboardEvent) => {
      const isOnJoint = (event.target as Element).closest('[data-keypoint]');
      if (event.key === ' ' && !isOnJoint) {
        isSpaceDown = true;
        isPanning.value = true;
        event.preventDefault();
      }
      if (event.key === 'Escape' && gesture) drop();
    };
    const keyUp = (event: KeyboardEvent) => {
      if (event.key !== ' ') return;
      isSpaceDown = false;
      isPanning.value = false;
    };
    element.addEventListener('pointerdown', down);
    element.addEventListener('pointermove', move);
    element.addEventListener('pointerup', up);
    element.addEventListener('pointercancel', cancel);
    element.addEventListener('wheel', wheel, { passive: false });
    element.addEventListener('keydown', keyDown);
    element.addEventListener('keyup', keyUp);
    return () => {
      cancelAnimationFrame(frame);
      element.removeEventListener('pointerdown', down);
      element.removeEventListener('pointermove', move);
      element.removeEventListener('pointerup', up);
      element.removeEventListener('pointercancel', cancel);
      element.removeEventListener('wheel', wheel);
      element.removeEventListener('keydown', keyDown);
      element.removeEventListener('keyup', keyUp);
    };
  }, [svg, view, isPanning]);
}
