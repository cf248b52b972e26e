/** Buttons, fields, chips, tabs: what is pressed and typed into. */
export const controlsCss = `
.studio button, .studio input, .studio textarea, .studio select { font: inherit; color: inherit; }
.studio button { cursor: pointer; }
.studio button:disabled { cursor: default; }
.studio :focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; }
.icon-button {
  display: inline-grid; place-items: center; width: var(--control); height: var(--control); padding: 0; flex: none;
  border: 1px solid transparent; border-radius: var(--small-radius); background: transparent;
}
.icon-button:hover:not(:disabled) { background: var(--accent-soft); }
.icon-button:disabled { color: color-mix(in srgb, var(--dim) 55%, transparent); }
.icon-button[aria-pressed='true'] { background: var(--accent-soft); color: var(--accent); }
.icon-button.danger:hover:not(:disabled) { color: var(--danger); background: color-mix(in srgb, var(--danger) 12%, transparent); }
.tool-group { display: flex; align-items: center; gap: 1px; }
.toolbar {
  display: flex; flex-wrap: wrap; align-items: center; gap: 2px 10px; padding: 6px var(--gap);
}
.wide .toolbar { justify-content: center; padding-top: 10px; }
.toolbar .tool-group + .tool-group { border-left: 1px solid var(--border); padding-left: 10px; }
.medium .toolbar, .narrow .toolbar {
  flex-wrap: nowrap; overflow-x: auto; gap: 5px; padding: 2px 8px 4px; scrollbar-width: thin; scroll-padding: 0 40px;
}
.medium .toolbar { padding: 4px var(--gap) 6px; }
.medium .toolbar .tool-group, .narrow .toolbar .tool-group { flex: none; }
.medium .toolbar .tool-group + .tool-group, .narrow .toolbar .tool-group + .tool-group { padding-left: 5px; }
.studio .toolbar .icon-button:focus-visible { outline-offset: -2px; }
.toolbar[data-more] {
  --fade-left: 0px; --fade-right: 0px;
  mask-image: linear-gradient(to right, transparent, #000 var(--fade-left), #000 calc(100% - var(--fade-right)), transparent);
}
.toolbar[data-more~='left'] { --fade-left: 28px; }
.toolbar[data-more~='right'] { --fade-right: 28px; }
.button {
  display: inline-flex; align-items: center; justify-content: center; gap: 7px; min-height: var(--control); padding: 6px 12px;
  border: 1px solid var(--border); border-radius: var(--small-radius); background: var(--raised); font-weight: 550;
}
.button:hover:not(:disabled) { border-color: var(--strong-border); background: var(--accent-soft); }
.button:disabled { color: var(--dim); }
.button.main {
  width: 100%; min-height: 44px; font-size: 14px; font-weight: 650;
  border-color: transparent; background: var(--accent); color: var(--on-accent); border-radius: var(--radius);
}
.button.main:hover:not(:disabled) { background: color-mix(in srgb, var(--accent) 88%, var(--text)); }
.button.main:disabled { background: var(--sunk); color: var(--dim); }
.button.quiet { min-height: 28px; padding: 3px 9px; font-size: 12px; background: transparent; }
.button.danger { color: var(--danger); }
.link {
  border: 0; background: none; padding: 2px 0; color: inherit; text-align: left; text-decoration: underline;
  text-decoration-color: transparent; text-underline-offset: 2px;
}
.waiting .link { text-decoration-color: currentcolor; }
.link:hover { text-decoration-color: currentcolor; color: var(--accent); }
.field { display: grid; gap: 4px; min-width: 0; }
.field label { font-size: 12px; color: var(--dim); display: flex; justify-content: space-between; gap: 8px; }
.field input:not([type='range']), .field textarea, .field select {
  width: 100%; min-height: var(--control); padding: 6px 9px; border: 1px solid var(--strong-border); border-radius: var(--small-radius);
  background: var(--raised);
}
.field textarea { resize: vertical; line-height: 1.45; }
.field ::placeholder { color: var(--dim); opacity: 1; }
.field input[type='number'] { appearance: textfield; font-variant-numeric: tabular-nums; }
.field input[type='number']::-webkit-inner-spin-button { display: none; }
.field output { color: var(--text); font-variant-numeric: tabular-nums; }
.check { display: flex; align-items: center; gap: 8px; min-height: 24px; }
.check input { accent-color: var(--accent); width: 16px; height: 16px; margin: 0; }
.studio input[type='range'] {
  appearance: none; width: 100%; height: 24px; margin: 0; background: transparent; cursor: pointer;
}
.studio input[type='range']::-webkit-slider-runnable-track {
  height: 4px; border-radius: 2px;
  background: linear-gradient(to right, var(--accent) var(--filled, 0%), var(--border) var(--filled, 0%));
}
.studio input[type='range']::-webkit-slider-thumb {
  appearance: none; width: 16px; height: 16px; margin-top: -6px; border-radius: 50%;
  background: var(--raised); border: 2px solid var(--accent);
}
.studio input[type='range']::-moz-range-track { height: 4px; border-radius: 2px; background: var(--border); }
.studio input[type='range']::-moz-range-thumb {
  width: 12px; height: 12px; border-radius: 50%; background: var(--raised); border: 2px solid var(--accent);
}
.more summary {
  display: flex; align-items: center; gap: 6px; min-height: 24px; cursor: pointer; color: var(--dim); font-size: 12px; list-style: none;
  border-radius: 4px;
}
.more summary::-webkit-details-marker { display: none; }
.more summary:hover { color: var(--text); }
.more[open] > summary svg { transform: rotate(180deg); }
.more[open] > summary { margin-bottom: 8px; }
.more[open] { display: grid; gap: 10px; }
.more > .row, .more > .field { margin-bottom: 8px; }
.chips { display: flex; flex-wrap: wrap; gap: 5px; }
.chip {
  min-height: 26px; padding: 2px 10px; border: 1px solid var(--border); border-radius: 99px; background: var(--raised); font-size: 12px;
}
.chip:hover { border-color: var(--strong-border); }
.chip[aria-pressed='true'] { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
.vocabulary { display: grid; gap: 8px; }
.vocabulary .words { padding: 8px; background: var(--background); border-radius: var(--small-radius); max-height: 148px; overflow-y: auto; }
.chip.word[aria-pressed='true'] { background: var(--accent-soft); border-color: var(--accent); color: var(--accent); }
.segmented { display: grid; grid-auto-flow: column; grid-auto-columns: 1fr; padding: 3px; gap: 2px; background: var(--sunk); border-radius: 9px; }
.segmented button {
  display: flex; align-items: center; justify-content: center; gap: 6px; min-height: 28px; padding: 2px 4px; border: 0; border-radius: 6px;
  background: transparent; font-size: 12px; white-space: nowrap;
}
.segmented button[aria-pressed='true'] { background: var(--raised); box-shadow: 0 1px 2px rgb(0 0 0 / 0.16); font-weight: 600; }
.shape { display: inline-block; width: 10px; height: 10px; border: 1.5px solid currentcolor; border-radius: 2px; }
.shape.portrait { width: 8px; height: 12px; }
.shape.landscape { width: 12px; height: 8px; }
.tabs { display: flex; gap: 2px; padding: 8px var(--gap) 0; border-bottom: 1px solid var(--border); }
.narrow .tabs { padding: 4px 8px 0; }
.tabs [role='tab'] {
  display: flex; align-items: center; justify-content: center; gap: 5px; flex: 1 1 auto; min-height: 36px; padding: 4px 2px 6px; border: 0;
  border-bottom: 2px solid transparent; background: none; color: var(--dim); font-weight: 550; font-size: 12.5px; min-width: 0;
}
.tabs [role='tab'] span:not(.badge) { overflow: hidden; text-overflow: ellipsis; }
.medium .tabs [role='tab'] svg, .narrow .tabs [role='tab'] svg { display: none; }
.tabs [role='tab']:hover { color: var(--text); }
.tabs [aria-selected='true'] { color: var(--text); border-bottom-color: var(--accent); }
.badge {
  min-width: 18px; padding: 0 5px; border-radius: 9px; background: var(--accent-soft); color: var(--accent); font-size: 11px; font-weight: 650;
  text-align: center; line-height: 18px;
}
@media (prefers-reduced-motion: no-preference) {
  .studio button, .more summary svg, .pose-card { transition: background-color 0.12s, border-color 0.12s, color 0.12s, transform 0.12s; }
}
@media (pointer: fine) {
  .medium .toolbar .icon-button, .narrow .toolbar .icon-button { width: 29px; }
}
@media (pointer: coarse) {
  .studio { --control: 40px; }
  .chip { min-height: 32px; }
}
@media (forced-colors: active) {
  .icon-button[aria-pressed='true'], .chip[aria-pressed='true'], .segmented [aria-pressed='true'] { border: 2px solid Highlight; }
}
`;
