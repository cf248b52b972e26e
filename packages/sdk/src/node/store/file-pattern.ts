/** Whether a path (with `/`) fits a pattern: `*` and `?` within a folder, `**` across folders. */
export function fitsPattern(path: string, pattern: string): boolean {
  const expression = pattern.replace(/\*\*\/?|[*?]|[.+^${}()|[\]\\]/g, (part) => {
    if (part === '**/') return '(?:.*/)?';
    if (part === '**') return '.*';
    if (part === '*') return '[^/]*';
    if (part === '?') return '[^/]';
    return `\\${part}`;
  });
  return new RegExp(`^${expression}$`).test(path);
}
