/** How the parts lie: beside each other where there is room, below each other where there is not. */
export const layoutCss = `
:host { display: block; }
.studio-place { height: 100%; }
.studio, .studio * { box-sizing: border-box; }
.studio {
  display: grid;
  height: 100%;
  min-height: 480px;
  position: relative;
  overflow: hidden;
  background: var(--background);
  color: var(--text);
  font: 13px/1.45 Inter, system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif;
  -webkit-font-smoothing: antialiased;
}
.studio.wide { grid-template-columns: 316px minmax(0, 1fr) 340px; }
.studio.medium { grid-template-columns: minmax(0, 1fr) minmax(280px, 320px); }
.studio.narrow { grid-template-rows: minmax(220px, 46%) minmax(0, 1fr); min-height: 560px; }
.middle { display: grid; grid-template-rows: auto minmax(0, 1fr); min-width: 0; min-height: 0; }
.medium .middle, .narrow .middle { grid-template-rows: auto auto minmax(0, 1fr); }
.side { display: flex; flex-direction: column; min-width: 0; min-height: 0; background: var(--background); }
.side.left { border-right: 1px solid var(--border); }
.side.right { border-left: 1px solid var(--border); }
.narrow .side.right { border-left: 0; border-top: 1px solid var(--border); }
.side-scroll { flex: 1; min-height: 0; overflow-y: auto; overscroll-behavior: contain; scrollbar-width: thin; }
.panel-body { display: grid; gap: var(--gap); padding: var(--gap); align-content: start; }
.head { display: flex; align-items: center; gap: 8px; padding: 10px var(--gap) 6px; }
.narrow .head { padding: 4px 8px 0; }
.head h1 { font-size: 14px; font-weight: 650; letter-spacing: -0.01em; margin: 0; flex: 1; }
.head-buttons { display: flex; gap: 2px; }
.language { font-size: 11px; font-weight: 650; letter-spacing: 0.02em; }
.mark { width: 22px; height: 22px; fill: none; stroke-width: 2.4; stroke-linecap: round; }
.row { display: grid; grid-auto-flow: column; grid-auto-columns: minmax(0, 1fr); gap: 8px; align-items: end; }
.row.seed { grid-template-columns: minmax(0, 1fr); grid-auto-columns: auto; }
.row.files { grid-auto-flow: row; grid-template-columns: repeat(auto-fit, minmax(132px, 1fr)); }
.card {
  display: grid; gap: 10px; padding: 12px; min-width: 0;
  background: var(--raised); border: 1px solid var(--border); border-radius: var(--radius);
}
.card h2 { margin: 0; font-size: 12px; font-weight: 600; color: var(--dim); }
.unseen {
  position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap;
}
.dim { color: var(--dim); }
.hint-line { margin: 0; font-size: 12px; }
.empty { color: var(--dim); text-align: center; margin: 36px 24px; text-wrap: balance; }
`;
