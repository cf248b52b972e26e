import type { SceneNode } from '../../../packages/figma-plugin/src/main/figma.ts';
import type { FigmaSimulator } from '../support/figma-simulator.ts';

/** Draws what a page shows as SVG, from back to front, with the selection around it. */
export class DocumentDrawing {
  private readonly simulator: FigmaSimulator;
  private readonly content: SVGGElement;
  private readonly frames: SVGGElement;
  private readonly pictures = new Map<string, string>();
  private last = '';
  /** Which version of the document, at which zoom. */
  private seen = '';

  constructor(simulator: FigmaSimulator, content: SVGGElement, frames: SVGGElement) {
    this.simulator = simulator;
    this.content = content;
    this.frames = frames;
  }

  /** @param zoom screen pixels a page pixel: handles stay thin */
  draw(zoom: number): void {
    const { version } = this.simulator;
    const seen = `${version} ${zoom}`;
    if (this.seen === seen) return;
    this.seen = seen;
    const made = this.simulator.page.children.map((node) => this.nodeSvg(node, 0)).join('');
    const { selection } = this.simulator.page;
    const outlines = selection.map((node) => outline(node, zoom)).join('');
    if (this.last === made + outlines) return;
    this.last = made + outlines;
    this.content.innerHTML = made;
    this.frames.innerHTML = outlines;
  }

  private nodeSvg(node: SceneNode, depth: number): string {
    if (!node.visible) return '';
    const [[a, c, e], [b, d, f]] = node.absoluteTransform;
    const matrix = `matrix(${a} ${b} ${c} ${d} ${e} ${f})`;
    const { width, height, id, type } = node;
    const own = `data-id="${id}" transform="${matrix}"`;
    if (type === 'LINE') {
      const colour = solid(node.strokes[0]);
      return `<line ${own} x2="${width}" stroke="${colour}" stroke-width="${Number(node.strokeWeight)}" stroke-linecap="${node.strokeCap === 'ROUND' ? 'round' : 'butt'}"/>`;
    }
    if (type === 'TEXT') {
      const lines = node.characters.split('\n');
      const size = Number(node.fontSize);
      const spans = lines.map(
        (line, i) => `<tspan x="0" y="${size * (1 + 1.2 * i)}">${escaped(line)}</tspan>`,
      );
      return `<text ${own} font-size="${size}">${spans.join('')}</text>`;
    }
    const fills = 'fills' in node && Array.isArray(node.fills) ? node.fills : [];
    const shapes = fills
      .filter(({ visible }) => visible !== false)
      .map((paint) => {
        if (paint.type === 'IMAGE' && paint.imageHash) {
          const url = this.picture(paint.imageHash);
          return url
            ? `<image ${own} href="${url}" width="${width}" height="${height}" preserveAspectRatio="${paint.scaleMode === 'CROP' ? 'none' : 'xMidYMid slice'}"/>`
            : '';
        }
        const look = `fill="${solid(paint)}" fill-opacity="${paint.opacity ?? 1}"`;
        const isOutlined = ['ELLIPSE', 'POLYGON', 'STAR', 'VECTOR'].includes(type);
        if (isOutlined && 'fillGeometry' in node)
          return node.fillGeometry
            .map(
              ({ data, windingRule }) =>
                `<path ${own} d="${data}" fill-rule="${windingRule.toLowerCase()}" ${look}/>`,
            )
            .join('');
        return `<rect ${own} width="${width}" height="${height}" ${look}/>`;
      })
      .join('');
    const children =
      'children' in node ? node.children.map((child) => this.nodeSvg(child, depth + 1)).join('') : '';
    if (type !== 'FRAME' && type !== 'COMPONENT' && type !== 'INSTANCE') return shapes + children;
    const title =
      depth === 0 ? `<text class="title" transform="${matrix}" y="-6">${escaped(node.name)}</text>` : '';
    const clip = `<clipPath id="clip-${id}"><rect transform="${matrix}" width="${width}" height="${height}"/></clipPath>`;
    return `${title}${shapes}${clip}<g clip-path="url(#clip-${id})">${children}</g>`;
  }

  private picture(hash: string): string | undefined {
    const known = this.pictures.get(hash);
    if (known !== undefined) return known || undefined;
    this.pictures.set(hash, '');
    void this.simulator.figma
      .getImageByHash(hash)
      ?.getBytesAsync()
      .then((bytes) => {
        this.pictures.set(hash, URL.createObjectURL(new Blob([bytes.slice()], { type: 'image/png' })));
        this.seen = '';
      });
    return undefined;
  }
}

function outline(node: SceneNode, zoom: number): string {
  const [[a, c, e], [b, d, f]] = node.absoluteTransform;
  const thin = 1.5 / zoom;
  return `<rect class="selected" transform="matrix(${a} ${b} ${c} ${d} ${e} ${f})" width="${node.width}" height="${Math.max(node.height, thin)}" stroke-width="${thin}"/>`;
}

function solid(
  paint: { readonly type: string; readonly color?: { r: number; g: number; b: number } } | undefined,
): string {
  const { r, g, b } = paint?.color ?? { r: 0.8, g: 0.8, b: 0.8 };
  return `rgb(${[r, g, b].map((one) => Math.round(one * 255)).join(' ')})`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
