import type { StablePoseError } from '@stable-pose/core';

/**
 * Whether a server could not be heard: it may go on with what it was asked, and the same request object asked again is the same
 * job. A server that was heard has time limits of its own, whose errors name no address.
 */
export function isOutOfReach({ code, details }: StablePoseError): boolean {
  return code === 'server-unreachable' || (code === 'timeout' && details.address !== undefined);
}
