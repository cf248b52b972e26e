import { useId, useState } from 'preact/hooks';

export interface NumberFieldProps {
  readonly label: string;
  /** Undefined: the model's own, shown as `placeholder`. */
  readonly value: number | undefined;
  readonly placeholder?: string;
  readonly min: number;
  readonly max: number;
  readonly step?: number;
  readonly isOptional?: boolean;
  readonly isLabelHidden?: boolean;
  readonly onChange: (value: number | undefined) => void;
}

/** A number that is typed. What is out of range is brought into it when the field is left. */
export function NumberField(props: NumberFieldProps) {
  const { label, value, placeholder, min, max, step = 1, isOptional = false, onChange } = props;
  const id = useId();
  const [typed, setTyped] = useState<string | undefined>(undefined);
  const settle = (text: string) => {
    setTyped(undefined);
    if (text.trim() === '') {
      if (isOptional) onChange(undefined);
      return;
    }
    const number = Number(text);
    if (!Number.isFinite(number)) return;
    const whole = Number.isInteger(step) ? Math.round(number) : number;
    onChange(Math.min(max, Math.max(min, whole)));
  };
  return (
    <div class="field">
      <label for={id} class={props.isLabelHidden ? 'unseen' : ''}>
        {label}
      </label>
      <input
        id={id}
        type="number"
        inputMode="decimal"
        min={min}
        max={max}
        step={step}
        placeholder={placeholder}
        value={typed ?? value ?? ''}
        onInput={(event) => setTyped(event.currentTarget.value)}
        onBlur={(event) => typed !== undefined && settle(event.currentTarget.value)}
        onKeyDown={(event) => event.key === 'Enter' && settle(event.currentTarget.value)}
        onChange={(event) => settle(event.currentTarget.value)}
      />
    </div>
  );
}
