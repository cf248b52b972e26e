import { X } from 'lucide-preact';
import { useEffect, useRef } from 'preact/hooks';
import { IconButton } from './icon-button.tsx';
import { useStudio } from './studio-context.ts';

/** Two results beside each other, as large as the stage has room. */
export function CompareStage() {
  const studio = useStudio();
  const text = studio.text.value;
  const place = useRef<HTMLElement>(null);
  const ids = studio.comparedIds.value;
  const compared = studio.gallery.results.value.filter(({ id }) => ids.includes(id));
  const isOpen = compared.length === 2;
  useEffect(() => {
    if (isOpen) place.current?.focus();
  }, [isOpen]);
  if (!isOpen) return null;
  const close = () => {
    studio.comparedIds.value = [];
  };
  return (
    <section
      ref={place}
      class="compare-stage"
      aria-label={text.compare}
      tabIndex={-1}
      onKeyDown={(event) => event.key === 'Escape' && close()}
    >
      {compared.map(({ id, url, request, seed, poseScore, width, height }) => (
        <figure key={id}>
          <img src={url} alt={text.pictureAlt(request.prompt ?? '', seed)} />
          <figcaption>
            <b>{request.prompt || text.noPrompt}</b>
            <span>
              {text.seed} {seed} · {width} × {height}
              {poseScore !== undefined && ` · ${Math.round(poseScore * 100)} %`}
            </span>
          </figcaption>
        </figure>
      ))}
      <IconButton icon={X} label={text.closeCompare} shortcut="Esc" onClick={close} />
    </section>
  );
}
