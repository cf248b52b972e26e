/** Folder and name put together. */
export const joinPath = (folder: string, ...names: readonly string[]): string => {
  const start = folder === '' || /[\\/]$/.test(folder) ? folder : `${folder}/`;
  return start + names.join('/');
};

/** Everything before the last separator; the root stays the root. */
export function folderOf(path: string): string {
  const at = Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\'));
  if (at < 0) return '';
  return at === 0 ? path.slice(0, 1) : path.slice(0, at);
}

/** Everything after the last separator. */
export const fileName = (path: string): string => path.split(/[\\/]/).filter(Boolean).pop() ?? '';

/** The last dot and what follows, or nothing: `.safetensors`. */
export function fileEnding(path: string): string {
  const name = fileName(path);
  const dot = name.lastIndexOf('.');
  return dot > 0 ? name.slice(dot) : '';
}

/** The file's name without its ending. */
export function fileStem(path: string): string {
  const name = fileName(path);
  return name.slice(0, name.length - fileEnding(path).length);
}
