/** Colours, spaces and sizes: everything else is said in these. Hosts' themes replace the colours. */
export const tokensCss = `
.studio {
  --background: #f4f4f7;
  --raised: #ffffff;
  --sunk: #e9e9ef;
  --text: #1b1c22;
  --dim: #585b68;
  --border: #d9dae2;
  --strong-border: #8b8e9c;
  --accent: #5842cf;
  --accent-soft: color-mix(in srgb, var(--accent) 12%, var(--raised));
  --on-accent: #ffffff;
  --danger: #b3261e;
  --warning: #7a4d00;
  --shadow: 0 1px 2px rgb(20 20 40 / 0.06), 0 8px 24px rgb(20 20 40 / 0.08);
  --paper: #101116;
  --focus: #5842cf;
  --gap: 12px;
  --radius: 10px;
  --small-radius: 7px;
  --control: 34px;
}
.studio[data-appearance='dark'] {
  --background: #1a1b20;
  --raised: #24252c;
  --sunk: #131419;
  --text: #ececf2;
  --dim: #a6a9b8;
  --border: #363843;
  --strong-border: #7b7e8d;
  --accent: #a395ff;
  --accent-soft: color-mix(in srgb, var(--accent) 18%, var(--raised));
  --on-accent: #15122b;
  --danger: #ff9a91;
  --warning: #f0c26a;
  --shadow: 0 1px 2px rgb(0 0 0 / 0.3), 0 8px 24px rgb(0 0 0 / 0.35);
  --paper: #08080b;
  --focus: #b9aeff;
}
`;
