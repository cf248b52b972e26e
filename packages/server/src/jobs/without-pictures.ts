/** Fields of a request that hold a picture. */
export const pictureFields = ['image', 'mask', 'repose'] as const;

/** A request without the pictures in it: who asked has them. */
export function withoutPictures(request: object): Record<string, unknown> {
  const bare: Record<string, unknown> = { ...request };
  for (const field of pictureFields) {
    const part = bare[field];
    if (typeof part !== 'object' || part === null) continue;
    const { picture: _, ...rest } = part as Record<string, unknown>;
    bare[field] = rest;
  }
  return bare;
}
