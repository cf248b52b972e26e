import { expect } from 'vitest';

/** As `expect.poll`, for browsers: one that works beside other programs takes its time. */
export const eventually = <T>(read: () => T) => expect.poll(read, { timeout: 400_000, interval: 200 });
