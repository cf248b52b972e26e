import { useId } from 'preact/hooks';

export interface SliderFieldProps {
  readonly label: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  /** What the value is called. */
  readonly words: string;
  readonly onInput: (value: number) => void;
}

export function SliderField({ label, value, min, max, step, words, onInput }: SliderFieldProps) {
  const id = useId();
  return (
    <div class="field slider">
      <label for={id}>
        <span>{label}</span>
        <output>{words}</output>
      </label>
      <input
        id={id}
        type="range"
        min={min}
        max={max}
        step={step}
        value={value}
        aria-valuetext={words}
        style={{ '--filled': `${((value - min) / (max - min)) * 100}%` }}
        onInput={(event) => onInput(Number(event.currentTarget.value))}
      />
    </div>
  );
}
