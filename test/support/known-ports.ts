import { once } from 'node:events';
import { createServer } from 'node:net';

/** Stands for the known ports. Whoever listens here has them; the system takes it back from a process that ends. */
const doorPort = 17_324;
const lookEveryMs = 300;

/**
 * The ports at which panels look for a server of this computer, for one test file at a time: files run beside each other, and
 * a panel finds the server of another test too.
 * @returns gives them back
 */
export async function takeKnownPorts(): Promise<() => void> {
  while (true) {
    const door = createServer();
    try {
      door.listen(doorPort, '127.0.0.1');
      await once(door, 'listening');
      return () => void door.close();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
    }
  }
}
