import type { LucideIcon } from 'lucide-preact';

export interface IconButtonProps {
  readonly icon: LucideIcon;
  /** Says what it does, to the eye in a tooltip and to screen readers. */
  readonly label: string;
  readonly onClick: () => void;
  readonly isDisabled?: boolean;
  /** Of buttons that are on or off. */
  readonly isPressed?: boolean;
  readonly shortcut?: string;
  readonly isDanger?: boolean;
}

export function IconButton(props: IconButtonProps) {
  const { icon: Icon, label, onClick, isDisabled = false, isPressed, shortcut, isDanger } = props;
  return (
    <button
      type="button"
      class={`icon-button${isDanger ? ' danger' : ''}`}
      title={shortcut ? `${label} (${shortcut})` : label}
      aria-label={label}
      aria-pressed={isPressed}
      disabled={isDisabled}
      onClick={onClick}
    >
      <Icon size={17} strokeWidth={1.75} aria-hidden="true" />
    </button>
  );
}
