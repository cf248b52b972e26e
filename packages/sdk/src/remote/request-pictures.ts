import type { GenerationRequest, ResolvedRequest } from '@stable-pose/core';

/** Fields of a request that hold a picture. */
export const requestPictureFields = ['image', 'mask', 'repose'] as const;

/** A request without the pictures in it: who asked has them. */
export function withoutPictures(request: object): Record<string, unknown> {
  const bare: Record<string, unknown> = { ...request };
  for (const field of requestPictureFields) {
    const part = bare[field];
    if (typeof part !== 'object' || part === null) continue;
    const { picture: _, ...rest } = part as Record<string, unknown>;
    bare[field] = rest;
  }
  return bare;
}

/** Puts back the pictures that are not sent to who has them. */
export function withPictures(
  resolved: Readonly<Record<string, unknown>>,
  asked: GenerationRequest | undefined,
): ResolvedRequest {
  const whole: Record<string, unknown> = { ...resolved };
  for (const field of requestPictureFields) {
    const picture = asked?.[field]?.picture;
    if (picture !== undefined && whole[field] !== undefined)
      whole[field] = { ...(whole[field] as object), picture };
  }
  return whole as unknown as ResolvedRequest;
}
