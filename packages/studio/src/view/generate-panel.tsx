import { schedulerNames } from '@stable-pose/core';
import { ChevronDown, Dices, Pin, PinOff, X } from 'lucide-preact';
import { useId, useState } from 'preact/hooks';
import { freshSeed, hasWord, toggleWord } from '../state/request-form.ts';
import { EngineCard } from './engine-card.tsx';
import { IconButton } from './icon-button.tsx';
import { NumberField } from './number-field.tsx';
import { SliderField } from './slider-field.tsx';
import { StartSection } from './start-section.tsx';
import { useStudio } from './studio-context.ts';

/** Sides that are offered, in multiples of the model's own. */
const shapes = [
  ['square', 1, 1],
  ['portrait', 1, 1.5],
  ['landscape', 1.5, 1],
] as const;

/** What to draw: words, size, seed, and how. */
export function GeneratePanel() {
  const studio = useStudio();
  const text = studio.text.value;
  const form = studio.form.value;
  const model = studio.model.value;
  const promptId = useId();
  const negativeId = useId();
  const schedulerId = useId();
  const modelId = useId();
  const defaults = model?.config.defaults ?? {};
  const state = studio.engineState.value;
  const canMeasure = state.kind === 'ready' && state.description.can.detectPose;
  const models = state.kind === 'ready' ? state.models : [];
  const limits = state.kind === 'ready' ? state.description.limits : {};
  return (
    <div class="panel-body">
      <section class="card">
        <div class="field">
          <label for={promptId}>{text.prompt}</label>
          <textarea
            id={promptId}
            rows={3}
            value={form.prompt}
            placeholder={text.promptExample}
            onInput={(event) => studio.change({ prompt: event.currentTarget.value })}
            onKeyDown={(event) => {
              if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) studio.generate();
            }}
          />
        </div>
        <Vocabulary />
        <details class="more">
          <summary>
            <ChevronDown size={15} aria-hidden="true" />
            {text.negativePrompt}
          </summary>
          <div class="field">
            <label for={negativeId} class="unseen">
              {text.negativePrompt}
            </label>
            <textarea
              id={negativeId}
              rows={2}
              value={form.negativePrompt}
              placeholder={defaults.negativePrompt ?? ''}
              onInput={(event) => studio.change({ negativePrompt: event.currentTarget.value })}
            />
          </div>
        </details>
      </section>

      <StartSection />

      <section class="card">
        <SizeFields />
        <div class="row seed">
          <NumberField
            label={text.seed}
            value={form.seed}
            min={0}
            max={2 ** 32 - 1}
            onChange={(seed = 0) => studio.change({ seed, keepsSeed: true })}
          />
          <IconButton
            icon={Dices}
            label={text.newSeed}
            onClick={() => studio.change({ seed: freshSeed() })}
          />
          <IconButton
            icon={form.keepsSeed ? Pin : PinOff}
            label={form.keepsSeed ? text.seedIsKept : text.seedIsNew}
            isPressed={form.keepsSeed}
            onClick={() => studio.change({ keepsSeed: !form.keepsSeed })}
          />
        </div>
        <div class="row">
          <NumberField
            label={text.count}
            value={form.count}
            min={1}
            max={Math.min(16, limits.count ?? 16)}
            onChange={(count = 1) => studio.change({ count })}
          />
          {canMeasure && (
            <NumberField
              label={text.bestOf}
              value={form.bestOf}
              min={1}
              max={16}
              onChange={(bestOf = 1) => studio.change({ bestOf })}
            />
          )}
        </div>
      </section>

      <section class="card">
        <AdapterField />
        <SliderField
          label={text.poseStrength}
          value={form.strength}
          min={0}
          max={2}
          step={0.05}
          words={`${Math.round(form.strength * 100)} %`}
          onInput={(strength) => studio.change({ strength })}
        />
        <details class="more">
          <summary>
            <ChevronDown size={15} aria-hidden="true" />
            {text.more}
          </summary>
          <SliderField
            label={text.poseFrom}
            value={form.from}
            min={0}
            max={1}
            step={0.05}
            words={`${Math.round(form.from * 100)} %`}
            onInput={(from) => studio.change({ from, to: Math.max(from, form.to) })}
          />
          <SliderField
            label={text.poseTo}
            value={form.to}
            min={0}
            max={1}
            step={0.05}
            words={`${Math.round(form.to * 100)} %`}
            onInput={(to) => studio.change({ to, from: Math.min(to, form.from) })}
          />
          <div class="row">
            <NumberField
              label={text.steps}
              value={form.steps}
              placeholder={String(defaults.steps ?? 20)}
              min={1}
              max={limits.steps ?? 150}
              isOptional
              onChange={(steps) => studio.change({ steps })}
            />
            <NumberField
              label={text.guidance}
              value={form.guidanceScale}
              placeholder={String(defaults.guidanceScale ?? 7.5)}
              min={1}
              max={30}
              step={0.5}
              isOptional
              onChange={(guidanceScale) => studio.change({ guidanceScale })}
            />
          </div>
          <div class="field">
            <label for={schedulerId}>{text.scheduler}</label>
            <select
              id={schedulerId}
              value={form.scheduler ?? ''}
              onChange={(event) => {
                const name = schedulerNames.find((one) => one === event.currentTarget.value);
                studio.change({ scheduler: name });
              }}
            >
              <option value="">{text.modelsOwn(defaults.scheduler ?? 'ddim')}</option>
              {schedulerNames.map((name) => (
                <option key={name} value={name}>
                  {name}
                </option>
              ))}
            </select>
          </div>
          {models.length > 1 && (
            <div class="field">
              <label for={modelId}>{text.model}</label>
              <select
                id={modelId}
                value={form.model ?? models[0].id}
                onChange={(event) => studio.change({ model: event.currentTarget.value })}
              >
                {models.map(({ id, config }) => (
                  <option key={id} value={id}>
                    {config.name}
                  </option>
                ))}
              </select>
            </div>
          )}
          <Loras />
          <DetailFields />
        </details>
      </section>
      <EngineCard />
    </div>
  );
}

const adapterKinds = {
  'stable-pose': 'Stable-Pose',
  controlnet: 'ControlNet',
  't2i-adapter': 'T2I-Adapter',
} as const;

/** What looks at the pose, where the model has several. */
function AdapterField() {
  const studio = useStudio();
  const text = studio.text.value;
  const id = useId();
  const known = studio.model.value?.adapters ?? [];
  if (known.length < 2) return null;
  const { adapter } = studio.form.value;
  return (
    <div class="field">
      <label for={id}>{text.poseAdapter}</label>
      <select
        id={id}
        value={known.some(({ name }) => name === adapter) ? adapter : known[0].name}
        onChange={(event) => studio.change({ adapter: event.currentTarget.value })}
      >
        {known.map(({ name, config }) => (
          <option key={name} value={name}>
            {adapterKinds[config.kind]}: {config.name}
          </option>
        ))}
      </select>
    </div>
  );
}

/** Small additions to the model that came with it. */
function Loras() {
  const studio = useStudio();
  const text = studio.text.value;
  const known = studio.model.value?.loras ?? [];
  const { loras } = studio.form.value;
  const id = useId();
  if (known.length === 0) return null;
  const free = known.filter((name) => !loras.some(({ model }) => model === name));
  return (
    <div class="loras" role="group" aria-label={text.loras}>
      {loras.map((lora) => (
        <div key={lora.model} class="lora">
          <SliderField
            label={known.includes(lora.model) ? lora.model : text.loraMissing(lora.model)}
            value={lora.strength}
            min={-2}
            max={2}
            step={0.05}
            words={`${Math.round(lora.strength * 100)} %`}
            onInput={(strength) =>
              studio.change({
                loras: loras.map((one) => (one.model === lora.model ? { ...one, strength } : one)),
              })
            }
          />
          <IconButton
            icon={X}
            label={text.removeLora(lora.model)}
            onClick={() => studio.change({ loras: loras.filter(({ model }) => model !== lora.model) })}
          />
        </div>
      ))}
      {free.length > 0 && (
        <div class="field">
          <label for={id}>{text.addLora}</label>
          <select
            id={id}
            value=""
            onChange={(event) => {
              const model = event.currentTarget.value;
              if (model) studio.change({ loras: [...loras, { model, strength: 1 }] });
              event.currentTarget.value = '';
            }}
          >
            <option value="">{text.chooseLora}</option>
            {free.map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </div>
      )}
    </div>
  );
}

/** Larger afterwards, drawn anew tile by tile. */
function DetailFields() {
  const studio = useStudio();
  const text = studio.text.value;
  const { detail, detailScale, detailStrength } = studio.form.value;
  return (
    <>
      <label class="check">
        <input
          type="checkbox"
          checked={detail}
          onChange={(event) => studio.change({ detail: event.currentTarget.checked })}
        />
        {text.detailPass}
      </label>
      {detail && (
        <>
          <div class="segmented" role="group" aria-label={text.detailScale}>
            {([2, 4] as const).map((scale) => (
              <button
                key={scale}
                type="button"
                aria-pressed={scale === detailScale}
                onClick={() => studio.change({ detailScale: scale })}
              >
                {text.detailTimes(scale)}
              </button>
            ))}
          </div>
          <SliderField
            label={text.detailStrength}
            value={detailStrength}
            min={0.05}
            max={1}
            step={0.05}
            words={`${Math.round(detailStrength * 100)} %`}
            onInput={(strength) => studio.change({ detailStrength: strength })}
          />
        </>
      )}
    </>
  );
}

/** The words that a model with a closed vocabulary knows, by kind. */
function Vocabulary() {
  const studio = useStudio();
  const text = studio.text.value;
  const { prompt } = studio.form.value;
  const vocabulary = studio.model.value?.config.vocabulary;
  const [kind, setKind] = useState<string | undefined>(undefined);
  if (!vocabulary) return null;
  const kinds = Object.keys(vocabulary);
  const chosen = kind !== undefined && kinds.includes(kind) ? kind : undefined;
  return (
    <div class="vocabulary">
      <div class="chips kinds" role="group" aria-label={text.vocabulary}>
        {kinds.map((name) => (
          <button
            key={name}
            type="button"
            class="chip"
            aria-pressed={name === chosen}
            onClick={() => setKind(name === chosen ? undefined : name)}
          >
            {text.wordKinds[name] ?? name}
          </button>
        ))}
      </div>
      {chosen && (
        <div class="chips words" role="group" aria-label={text.wordKinds[chosen] ?? chosen}>
          {vocabulary[chosen].map((word) => (
            <button
              key={word}
              type="button"
              class="chip word"
              aria-pressed={hasWord(prompt, word)}
              onClick={() => studio.change({ prompt: toggleWord(prompt, word) })}
            >
              {word}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

function SizeFields() {
  const studio = useStudio();
  const { editing } = studio;
  const text = studio.text.value;
  const { size } = editing.document.value;
  const selection = studio.hostSelection.value;
  const config = studio.model.value?.config;
  const multiple = config?.unet.sizeMultiple ?? 64;
  if (selection?.area) {
    return (
      <p class="hint-line">
        {text.sizeFromHost(
          selection.name || studio.host.info.name,
          selection.area.width,
          selection.area.height,
        )}
      </p>
    );
  }
  const native = config?.nativeSize ?? { width: 512, height: 512 };
  const rounded = (side: number) => Math.max(multiple, Math.round(side / multiple) * multiple);
  return (
    <>
      <div class="segmented" role="group" aria-label={text.shape}>
        {shapes.map(([name, x, y]) => {
          const wanted = { width: rounded(native.width * x), height: rounded(native.height * y) };
          const isOn = wanted.width === size.width && wanted.height === size.height;
          return (
            <button key={name} type="button" aria-pressed={isOn} onClick={() => editing.resize(wanted)}>
              <i class={`shape ${name}`} aria-hidden="true" />
              {text.shapes[name]}
            </button>
          );
        })}
      </div>
      <div class="row">
        <NumberField
          label={text.width}
          value={size.width}
          min={multiple}
          max={2048}
          step={multiple}
          onChange={(width = multiple) => editing.resize({ ...size, width: rounded(width) })}
        />
        <NumberField
          label={text.height}
          value={size.height}
          min={multiple}
          max={2048}
          step={multiple}
          onChange={(height = multiple) => editing.resize({ ...size, height: rounded(height) })}
        />
      </div>
    </>
  );
}
