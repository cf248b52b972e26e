/** JSON with a line a picture, so that a report that is kept shows what changed. */
export function reportText<Report extends { readonly perPicture: readonly unknown[] }>(
  report: Report,
): string {
  const { perPicture, ...figures } = report;
  const lines = perPicture.map((picture) => `  ${JSON.stringify(picture)}`).join(',\n');
  return `${JSON.stringify(figures, null, 1).slice(0, -2)},\n "perPicture": [\n${lines}\n ]\n}\n`;
}
