import { Brush, ImagePlus, Trash2 } from 'lucide-preact';
import { IconButton } from './icon-button.tsx';
import { SliderField } from './slider-field.tsx';
import { useStudio } from './studio-context.ts';

/** What the picture is drawn from: words and pose alone, a picture, or what lies in the host's document. */
export function StartSection() {
  const studio = useStudio();
  const { start } = studio;
  const words = studio.text.value.start;
  const form = studio.form.value;
  const picture = start.picture.value;
  const kind = studio.hostSelection.value?.area && studio.hostSelection.value.kind;
  const isPart = kind === 'area' || kind === 'shape';
  const ways = (['words', 'picture', 'document'] as const).filter((way) => way !== 'document' || kind);
  const from = studio.startsFrom();
  return (
    <section class="card" aria-label={words.title}>
      <div class="segmented" role="group" aria-label={words.title}>
        {ways.map((way) => (
          <button
            key={way}
            type="button"
            aria-pressed={from === way}
            onClick={() => studio.change({ startFrom: way })}
          >
            {way === 'words' && isPart ? words.selection : words.ways[way]}
          </button>
        ))}
      </div>
      {from === 'picture' && !picture && (
        <>
          <p class="hint-line dim">{words.empty}</p>
          <button type="button" class="button" onClick={() => void studio.chooseStart()}>
            <ImagePlus size={15} aria-hidden="true" />
            {words.choose}
          </button>
        </>
      )}
      {from === 'picture' && picture && (
        <div class="start-picture">
          <img src={picture.url} alt={words.pictureAlt} />
          <div class="start-buttons">
            <button
              type="button"
              class="button"
              aria-pressed={studio.isBrushing.value}
              onClick={() => studio.brush(!studio.isBrushing.peek())}
            >
              <Brush size={15} aria-hidden="true" />
              {start.hasMask.value ? words.changePart : words.paintPart}
            </button>
            <div class="tool-group">
              <IconButton icon={ImagePlus} label={words.another} onClick={() => void studio.chooseStart()} />
              <IconButton icon={Trash2} label={words.remove} isDanger onClick={() => studio.removeStart()} />
            </div>
          </div>
        </div>
      )}
      {(from === 'document' || (from === 'picture' && picture)) && (
        <SliderField
          label={words.strength}
          value={form.startStrength}
          min={0.05}
          max={1}
          step={0.05}
          words={`${Math.round(form.startStrength * 100)} %`}
          onInput={(startStrength) => studio.change({ startStrength })}
        />
      )}
      {from === 'picture' && picture && start.hasMask.value && (
        <>
          <SliderField
            label={words.feather}
            value={form.maskFeather}
            min={0}
            max={64}
            step={1}
            words={`${form.maskFeather} px`}
            onInput={(maskFeather) => studio.change({ maskFeather })}
          />
          <label class="check">
            <input
              type="checkbox"
              checked={form.maskInverted}
              onChange={(event) => studio.change({ maskInverted: event.currentTarget.checked })}
            />
            {words.inverted}
          </label>
        </>
      )}
    </section>
  );
}
