/** The canvas, the library, the gallery, the bar at the bottom, the notices. */
export const partsCss = `
.stage { position: relative; overflow: hidden; min-height: 0; min-width: 0; background: var(--sunk); }
.wide .stage { margin: 0 var(--gap) var(--gap); border-radius: 14px; overflow: hidden; }
.medium .stage { margin: 0 0 var(--gap) var(--gap); border-radius: 14px; overflow: hidden; }
.canvas { display: block; width: 100%; height: 100%; touch-action: none; user-select: none; cursor: crosshair; }
.studio .canvas:focus-visible { outline-offset: -3px; }
.canvas.panning, .canvas.panning * { cursor: grab !important; }
.paper { fill: var(--paper); }
.paper-edge { fill: none; stroke: color-mix(in srgb, var(--text) 16%, transparent); pointer-events: none; }
.canvas image { pointer-events: none; }
.limb { stroke-linecap: round; pointer-events: none; }
.unseen-limb { opacity: 0.5; }
.limb-grip { stroke: transparent; stroke-linecap: round; cursor: grab; }
.person:not(.active) .limb { opacity: 0.72; }
.people.faint { opacity: 0; }
.people.faint:hover { opacity: 0.55; }
.keypoint { cursor: grab; outline: none !important; }
.keypoint:active { cursor: grabbing; }
.keypoint .grip { fill: transparent; }
.keypoint .halo { fill: rgb(255 255 255 / 0.14); stroke: #fff; }
.keypoint:focus-visible .grip { stroke: #fff; stroke-width: 2; stroke-dasharray: 3 2; vector-effect: non-scaling-stroke; }
.dot { stroke: rgb(0 0 0 / 0.45); }
.dot.hidden { fill: #101116; stroke-dasharray: 2 2; vector-effect: non-scaling-stroke; }
.dot.uncertain { fill-opacity: 0.3; stroke: #fff; stroke-width: 2; stroke-dasharray: 1.5 2; vector-effect: non-scaling-stroke; }
.keypoint:hover .dot { stroke: #fff; }
.lock { fill: #fff; stroke: #000; stroke-width: 0.6; vector-effect: non-scaling-stroke; pointer-events: none; }
.space .behind, .space .drawing { position: absolute; inset: 0; width: 100%; height: 100%; pointer-events: none; }
.space .behind { background: var(--paper); opacity: 1; }
.space .canvas { position: relative; cursor: move; }
.space .paper-edge { stroke: rgb(255 255 255 / 0.28); }
.space-limb { opacity: 0.62; }
.space-handle .dot { fill: rgb(255 255 255 / 0.92); stroke: rgb(20 16 40 / 0.85); }
.space-handle .dot.hidden { fill: #101116; stroke: #fff; }
.space-handle.selected .dot { fill: #a395ff; }
.space-handle.covered .dot { opacity: 0.55; stroke-dasharray: 2 2; vector-effect: non-scaling-stroke; stroke: #fff; fill-opacity: 0.25; }
.person:not(.active) .space-handle .dot { opacity: 0.5; }
.studio .space-sides { position: absolute; inset: 10px auto auto 10px; grid-auto-columns: minmax(52px, auto); box-shadow: var(--shadow); }
.narrow .space-sides { inset: 6px auto auto 6px; }
.box-hint.blind { inset: auto 10px 64px; padding: 8px 12px; font-size: 12px; }
.canvas-tools .button.quiet { align-self: center; }
.part { fill: #c8cad6; opacity: 0.8; pointer-events: none; }
.part-line { stroke: #c8cad6; opacity: 0.75; pointer-events: none; stroke-linecap: round; }
.part-shape.edited .part-line { opacity: 1; }
.part-point { cursor: grab; outline: none !important; }
.part-point .grip { fill: transparent; }
.part-point .dot { fill: #fff; stroke: #5842cf; }
.part-point:hover .dot { fill: #a395ff; }
.part-point:focus-visible .grip { stroke: #fff; stroke-width: 2; stroke-dasharray: 3 2; vector-effect: non-scaling-stroke; }
.with-parts .keypoint, .with-parts .limb-grip { pointer-events: none; }
.with-parts .limb, .with-parts .keypoint { opacity: 0.4; }
.part-row { display: grid; gap: 4px; }
.part-row .icon-button { width: 30px; height: 30px; }
.found line { stroke-linecap: round; pointer-events: none; }
.found .edge { stroke: rgb(0 0 0 / 0.6); }
.found .near { stroke: #fff; }
.found .off { stroke: #ff6a55; }
.canvas.boxing, .canvas.boxing * { cursor: crosshair !important; }
.box-hint {
  position: absolute; inset: 10px 10px auto; justify-self: center; display: flex; align-items: center; gap: 8px; width: fit-content; max-width: calc(100% - 20px);
  margin: 0 auto; padding: 4px 4px 4px 12px; border: 1px solid var(--border); border-radius: var(--radius); background: var(--raised); box-shadow: var(--shadow);
}
.box-hint p { margin: 0; font-size: 12px; }
.box-hint .button { flex: none; }
/* Points that lie beneath the words can be taken; what stops it all can be pressed. */
.box-hint:not(.brush-bar) { pointer-events: none; }
.box-hint button { pointer-events: auto; }
.narrow .box-hint:not(.brush-bar) { inset: 4px 4px auto; max-width: calc(100% - 8px); padding: 3px 3px 3px 8px; }
.narrow .box-hint p { font-size: 11px; line-height: 1.25; }
.narrow .box-hint .button { padding-inline: 8px; }
.brush-layer { position: absolute; inset: 0 auto auto 0; transform-origin: 0 0; pointer-events: none; opacity: 0.55; }
.brush-tip { fill: none; stroke: #fff; stroke-width: 1.5; pointer-events: none; filter: drop-shadow(0 0 1px #000) drop-shadow(0 0 1px #000); }
.people.beneath-brush { opacity: 0.45; pointer-events: none; }
.brush-bar { padding: 3px; gap: 2px; z-index: 1; }
.studio .brush-bar input { width: 90px; margin: 0 6px; min-width: 40px; flex: 0 1 90px; }
.narrow .brush-bar { inset: 6px 6px auto; max-width: calc(100% - 12px); }
.narrow .brush-bar .icon-button { width: 29px; }
.start-picture { display: grid; grid-template-columns: 84px minmax(0, 1fr); gap: 10px; align-items: center; }
.start-picture img { width: 84px; height: 84px; object-fit: cover; border-radius: var(--small-radius); background: var(--sunk); }
.start-buttons { display: grid; gap: 6px; justify-items: start; }
.start-buttons .button { width: 100%; }
.button[aria-pressed='true'] { background: var(--accent-soft); border-color: var(--accent); color: var(--accent); }
.loras { display: grid; gap: 10px; }
.lora { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 4px; align-items: end; }
.found-words { margin: 0 2px; padding: 0; list-style: none; font-size: 12px; color: var(--dim); }
.found-words b { color: var(--text); font-weight: 600; }
.marquee { fill: rgb(163 149 255 / 0.16); stroke: #a395ff; }
.box-edge { fill: none; stroke: #a395ff; pointer-events: none; }
/* A result is there to be seen: the box waits until hands or keys come to the canvas. */
.canvas.showing:not(:hover, :focus-within) .box { display: none; }
.handle { fill: #fff; stroke: #5842cf; }
.handle-nw, .handle-se { cursor: nwse-resize; }
.handle-ne, .handle-sw { cursor: nesw-resize; }
.handle-turn { cursor: alias; }
.handle-move { cursor: move; }
.canvas-tools {
  position: absolute; inset: auto 10px 10px; display: flex; justify-content: space-between; align-items: end; gap: 8px; pointer-events: none;
}
.canvas-tools .tool-group {
  pointer-events: auto; padding: 3px; border-radius: var(--radius); background: var(--raised); border: 1px solid var(--border); box-shadow: var(--shadow);
}
.canvas-tools .icon-button { width: 30px; height: 30px; }
.narrow .canvas-tools { inset: auto 6px 6px; }
.canvas-tools .zoom { min-width: 44px; text-align: center; font-size: 12px; font-variant-numeric: tabular-nums; color: var(--dim); }
.narrow .canvas-tools .zoom { display: none; }
.studio .canvas-tools .opacity { width: 74px; margin: 0 6px; }
.empty-stage {
  position: absolute; inset: 0; display: grid; place-content: center; justify-items: center; gap: 10px; padding: 24px; pointer-events: none; color: #d6d8e2;
  text-align: center;
}
.empty-stage p { max-width: 32ch; margin: 0; text-wrap: balance; }
.empty-stage .button { pointer-events: auto; color: var(--text); }
.generate-bar { display: grid; gap: 8px; padding: 10px var(--gap) var(--gap); border-top: 1px solid var(--border); background: var(--background); }
.narrow .generate-bar { padding: 8px; }
.progress-row { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 4px 10px; align-items: center; }
.progress-words { display: grid; font-size: 12px; min-height: 34px; }
.progress-title { overflow: hidden; white-space: nowrap; text-overflow: ellipsis; font-weight: 550; }
.progress-row progress { grid-column: 1 / -1; grid-row: 2; }
.studio progress { appearance: none; width: 100%; height: 4px; border: 0; border-radius: 2px; overflow: hidden; background: var(--border); }
.studio progress::-webkit-progress-bar { background: var(--border); }
.studio progress::-webkit-progress-value { background: var(--accent); transition: inline-size 0.25s; }
.studio progress::-moz-progress-bar { background: var(--accent); }
.waiting { margin: 0; font-size: 12px; }
.engine { font-size: 12px; }
.engine-head { display: grid; grid-template-columns: auto minmax(0, 1fr) auto; gap: 10px; align-items: start; }
.engine-head > svg { margin-top: 1px; color: var(--dim); }
.engine-head .button { margin: -4px -4px 0 0; }
.engine p { margin: 0 0 2px; overflow-wrap: anywhere; }
.engine .engine-advice { padding-top: 6px; border-top: 1px solid var(--border); }
.engine ul { margin: 0; padding-left: 16px; }
.engine li + li { margin-top: 3px; }
.engine h2 { margin: 2px 0 -6px; }
.studio .trouble { color: var(--danger); }
.original { display: block; margin-top: 3px; font-size: 12px; color: var(--dim); }
.chooser, .pairing { display: grid; gap: 10px; }
.chooser { padding-top: 10px; border-top: 1px solid var(--border); }
.pairing .row.files { grid-template-columns: repeat(auto-fit, minmax(100px, 1fr)); }
.paired { display: flex; gap: 7px; align-items: center; }
.paired svg { flex: none; color: var(--accent); }
.command { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 8px; align-items: center; padding: 6px 6px 6px 10px; border-radius: var(--small-radius); background: var(--sunk); }
.command code { font: 11.5px/1.4 ui-monospace, 'SF Mono', Menlo, Consolas, monospace; overflow-wrap: anywhere; }
.models { display: grid; gap: 10px; padding-top: 10px; border-top: 1px solid var(--border); }
.studio .models h2 { margin: 0; }
.engine .model-list { list-style: none; padding: 0; display: grid; gap: 8px; }
.engine .model-list li { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 8px; align-items: center; margin: 0; }
.model-list b, .pull b { display: block; font-weight: 600; overflow-wrap: anywhere; }
.model-buttons { display: flex; align-items: center; gap: 2px; }
.pull { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 4px 8px; align-items: center; }
.pull span { display: block; overflow-wrap: anywhere; }
.pull progress { grid-column: 1 / -1; }
.own-files { display: grid; gap: 8px; padding: 10px; border: 1px dashed var(--strong-border); border-radius: var(--small-radius); }
.own-files.over { border-color: var(--accent); background: var(--accent-soft); }
.search { position: relative; }
.search svg { position: absolute; left: 10px; top: 10px; color: var(--dim); pointer-events: none; }
.studio .search input { padding-left: 31px; border-radius: 99px; }
/* Where there is little height, the collections lie in one row that scrolls. */
.narrow .collections { flex-wrap: nowrap; overflow-x: auto; margin: -3px calc(-1 * var(--gap)); padding: 3px var(--gap); scrollbar-width: none; }
.narrow .collections .chip { flex: none; }
.poses { list-style: none; margin: 0; padding: 0; display: grid; grid-template-columns: repeat(auto-fill, minmax(86px, 1fr)); gap: 8px; }
.pose-card {
  display: grid; gap: 0; width: 100%; height: 100%; padding: 0; align-content: start; border: 1px solid var(--border); border-radius: var(--radius);
  background: var(--raised); overflow: hidden; text-align: center; font-size: 11px; line-height: 1.25;
}
.pose-card span { padding: 6px 5px 7px; text-wrap: balance; }
.pose-card:hover { border-color: var(--accent); }
.thumbnail { display: block; width: 100%; aspect-ratio: 1; background: var(--paper); }
.keep-pose .row.files, .own-editor .row.files { grid-template-columns: 1fr 1fr; }
.keep-pose .row.files .button, .own-editor .row.files .button { padding: 6px 4px; font-size: 12px; gap: 5px; }
.own-pose { position: relative; }
.own-pose .icon-button { position: absolute; top: 4px; right: 4px; width: 26px; height: 26px; color: #fff; background: rgb(12 12 18 / 0.62); }
.own-pose .icon-button[aria-pressed='true'], .own-pose .icon-button:hover:not(:disabled) { color: var(--on-accent); background: var(--accent); }
.own-pose .icon-button svg { width: 14px; height: 14px; }
.own-head { display: grid; grid-template-columns: 60px minmax(0, 1fr) auto; gap: 10px; align-items: center; }
.own-head .thumbnail { border-radius: var(--small-radius); }
.joints table { width: 100%; border-collapse: collapse; }
.joints th { font-weight: 450; text-align: left; padding: 0 4px 0 0; }
.joints td { padding: 1px; width: 52px; }
.joints td:nth-last-child(-n + 2) { width: 30px; }
.joints .icon-button { width: 28px; height: 28px; }
.studio .joints .field input { min-height: 28px; padding: 2px 5px; font-size: 12px; border-color: transparent; background: var(--background); text-align: right; }
.studio .joints .field input:hover, .studio .joints .field input:focus { border-color: var(--strong-border); }
.joints tr.hidden th, .joints tr.deleted th { color: var(--dim); }
.joints tr.deleted th { text-decoration: line-through; }
.results { list-style: none; margin: 0; padding: 0; display: grid; grid-template-columns: repeat(auto-fill, minmax(250px, 1fr)); gap: var(--gap); }
.result { display: grid; gap: 4px; align-content: start; padding: 8px; background: var(--raised); border: 1px solid var(--border); border-radius: var(--radius); }
.result.shown { border-color: var(--accent); box-shadow: 0 0 0 1px var(--accent); }
/* As large as the picture, whatever its shape: no bars. */
.result-picture {
  --tallest: 300px;
  position: relative; display: block; justify-self: center; align-self: start; padding: 0; border: 0; border-radius: var(--small-radius); overflow: hidden;
  width: min(100%, calc(var(--tallest) * var(--shape))); background: var(--sunk);
}
.result-picture img { display: block; width: 100%; aspect-ratio: var(--shape); }
.result-facts { display: grid; gap: 4px; align-content: start; min-width: 0; }
.narrow .result { grid-template-columns: min(44%, 136px) minmax(0, 1fr); gap: 10px; }
.narrow .result-picture { --tallest: 168px; }
.score {
  position: absolute; right: 8px; top: 8px; padding: 1px 8px; border-radius: 99px; background: rgb(12 12 18 / 0.78); color: #fff; font-size: 11px; font-weight: 650;
}
.result-words { margin: 2px 2px 0; overflow: hidden; white-space: nowrap; text-overflow: ellipsis; }
.result .tool-group { margin-left: -4px; flex-wrap: wrap; }
.warning-line { display: flex; gap: 5px; margin: 0 2px; font-size: 12px; color: var(--warning); }
.warning-line svg { flex: none; margin-top: 2px; }
.studio .result .chip { padding: 2px 9px; font-size: 12px; }
.chips.again { align-items: center; font-size: 12px; }
.result-picture[data-cut-out] { background: repeating-conic-gradient(var(--raised) 0 25%, var(--border) 0 50%) 0 0 / 16px 16px; }
.stage-place { position: relative; display: grid; min-height: 0; min-width: 0; }
.compare-stage {
  position: absolute; inset: 0; display: grid; grid-template-columns: 1fr 1fr; gap: 8px; padding: 10px; background: var(--sunk); outline: none; z-index: 2;
}
.wide .compare-stage { inset: 0 var(--gap) var(--gap); border-radius: 14px; }
.compare-stage figure { display: grid; grid-template-rows: minmax(0, auto) auto; align-content: center; gap: 8px; margin: 0; min-width: 0; min-height: 0; }
.compare-stage img { width: 100%; max-height: 100%; min-height: 0; object-fit: contain; }
.compare-stage figcaption { display: grid; font-size: 12px; text-align: center; color: var(--dim); min-width: 0; }
.compare-stage b { color: var(--text); font-weight: 550; overflow: hidden; white-space: nowrap; text-overflow: ellipsis; }
.compare-stage .icon-button { position: absolute; top: 8px; right: 8px; background: var(--raised); border-color: var(--border); }
.wide .compare-stage .icon-button { top: 10px; right: 10px; }
.notices { position: absolute; top: 10px; left: 50%; translate: -50% 0; display: grid; gap: 8px; width: min(440px, calc(100% - 20px)); z-index: 5; pointer-events: none; }
.notice {
  pointer-events: auto; display: grid; grid-template-columns: auto minmax(0, 1fr) auto; gap: 10px; align-items: start; padding: 8px 8px 8px 12px;
  border-radius: var(--radius); border: 1px solid var(--border); background: var(--raised); box-shadow: var(--shadow);
}
.notice > svg { margin-top: 8px; color: var(--accent); }
.notice.warning > svg { color: var(--warning); }
.notice.error > svg { color: var(--danger); }
.notice p { margin: 7px 0 0; overflow-wrap: anywhere; }
.notice p + .button { margin-top: 8px; }
.diagnostics { display: flex; flex-wrap: wrap; gap: 4px 12px; align-items: center; margin-top: 8px; font-size: 12px; }
`;
