import { basename, extname } from 'node:path';

/** How LoRAs, adapters and embeddings are called: by their file's name without its ending. */
export const nameOf = (path: string): string => basename(path, extname(path));
