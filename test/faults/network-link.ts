import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way between two programs that can be cut. */
export class NetworkLink {
  private readonly server = createServer((socket) => this.take(socket));
  private readonly sockets = new Set<Socket>();
  private readonly target: number;
  private state: 'whole' | 'silent' | 'broken' = 'whole';

  private constructor(target: number) {
    this.target = target;
  }

  /** @param target a port of this machine @param port the link's own; a free one unless told */
  static async open(target: number, port = 0): Promise<NetworkLink> {
    const link = new NetworkLink(target);
    link.server.listen(port, '127.0.0.1');
    await once(link.server, 'listening');
    return link;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** What is sent arrives nowhere, and nobody is told. */
  silence(): void {
    this.state = 'silent';
    for (const socket of this.sockets) socket.pause();
  }

  /** All connections break, and new ones too. */
  break(): void {
    this.state = 'broken';
    for (const socket of this.sockets) socket.resetAndDestroy();
  }

  mend(): void {
    this.state = 'whole';
    for (const socket of this.sockets) socket.resume();
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  private take(near: Socket): void {
    if (this.state === 'broken') {
      near.resetAndDestroy();
      return;
    }
    const far = connect(this.target, '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ]) {
      this.sockets.add(from);
      from.on('data', (data) => to.write(data));
      from.on('error', () => {});
      from.on('end', () => to.end());
      from.on('close', () => {
        this.sockets.delete(from);
        to.destroy();
      });
      if (this.state === 'silent') from.pause();
    }
  }
}
