import { StablePoseError } from '@stable-pose/core';

/**
 * The newest version that both speak. Clients list theirs ("2, 1"); one that lists none is taken to read whatever comes.
 * @throws protocol-mismatch, saying which of the two is older and what to do
 */
export function chooseProtocol(header: string | undefined, spoken: readonly number[]): number {
  const newest = Math.max(...spoken);
  if (header === undefined) return newest;
  const theirs = header.split(',').map((part) => Number(part.trim()));
  const common = spoken.filter((version) => theirs.includes(version));
  if (common.length > 0) return Math.max(...common);
  const isClientOlder = !theirs.some((version) => version > newest);
  throw new StablePoseError(
    'protocol-mismatch',
    `The server speaks version ${spoken.join(' and ')} of the protocol, the client ${header.slice(0, 40)}.`,
    {
      remedy: isClientOlder
        ? 'The client is older: update the plug-in or program that calls.'
        : 'The server is older: update it where it runs.',
      details: {
        server: spoken,
        client: theirs.filter(Number.isFinite),
        older: isClientOlder ? 'client' : 'server',
      },
    },
  );
}
