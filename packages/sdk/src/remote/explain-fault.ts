import { StablePoseError } from '@stable-pose/core';
import { isThisMachine } from '../is-this-machine.ts';
import { healthPath } from './protocol.ts';

/** Why nothing came back. `details.reason` of a `server-unreachable`. */
export type FaultReason =
  /** Nothing listens there. */
  | 'refused'
  /** The name means nothing here. */
  | 'host-not-found'
  /** A page cannot tell which of the two it is. */
  | 'refused-or-not-found'
  /** The host's manifest, the browser's user or the system's firewall does not allow it. */
  | 'no-permission'
  /** The server is there, but does not take requests from this page. */
  | 'blocked-by-cors'
  /** The page's own policy forbids it. */
  | 'blocked-by-csp'
  /** A page that came over https may not call a server over http, but on its own machine and, where its user is asked, in its network. */
  | 'mixed-content'
  /** The connection broke off in the middle. */
  | 'broken-off'
  /** Something answers there that is no such server. */
  | 'not-a-server'
  | 'unknown';

const remedies: Readonly<Record<FaultReason, string>> = {
  refused: 'Start it with stable-pose serve, and look whether the port is the one that it printed.',
  'host-not-found': 'Look whether the name in the address is right; an IP address always works.',
  'refused-or-not-found':
    'Look whether the server runs (stable-pose serve) and whether its name and port are right.',
  'no-permission':
    "Allow it: in a plug-in by a build whose manifest names this server (stable-pose plugin build --server), in a browser under the page's site settings (local network), else in the firewall.",
  'blocked-by-cors': 'Start the server with --allow-origin and the origin of this page.',
  'blocked-by-csp':
    "In a plug-in, use a build for this server (stable-pose plugin build --server); elsewhere, add its address to connect-src of the page's Content-Security-Policy.",
  'mixed-content':
    'Use a server on this machine (http://127.0.0.1), or put https before the server. Chromium also lets a page call the local network, by number (http://192.168...).',
  'broken-off': 'It may have been restarted: try again.',
  'not-a-server': 'Another program has this port: look which port the server printed.',
  unknown: 'Look whether the server runs and whether this machine can reach it.',
};

const sentences: Readonly<Record<FaultReason, string>> = {
  refused: 'Nothing listens at',
  'host-not-found': 'There is no machine of the name in',
  'refused-or-not-found': 'Nothing answers at',
  'no-permission': 'There is no permission to reach',
  'blocked-by-cors': 'The browser keeps this page from the server at',
  'blocked-by-csp': "The page's own policy forbids calling",
  'mixed-content': 'A secure page may not call',
  'broken-off': 'The connection broke off to',
  'not-a-server': 'What answers is no Stable-Pose server, at',
  unknown: 'The server could not be reached at',
};

export function unreachable(reason: FaultReason, address: string, cause?: unknown): StablePoseError {
  return new StablePoseError('server-unreachable', `${sentences[reason]} ${address}.`, {
    remedy: remedies[reason],
    details: { reason, address },
    cause,
  });
}

/** What Node says, by the code that lies at the bottom of a failed fetch. */
const nodeReasons: Readonly<Record<string, FaultReason>> = {
  ECONNREFUSED: 'refused',
  ENOTFOUND: 'host-not-found',
  EAI_AGAIN: 'host-not-found',
  EACCES: 'no-permission',
  EPERM: 'no-permission',
  ECONNRESET: 'broken-off',
  EPIPE: 'broken-off',
  UND_ERR_SOCKET: 'broken-off',
};

const nodeTimeouts: ReadonlySet<string> = new Set([
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
]);

/** Policies that were broken lately, as the page was told. */
const violations: { readonly blocked: string; readonly at: number }[] = [];
let isWatching = false;

/** Begins to note what the page's policy blocks; pages and workers say it in an event, not in the error. */
export function watchPolicy(): void {
  if (isWatching || typeof globalThis.addEventListener !== 'function') return;
  isWatching = true;
  globalThis.addEventListener('securitypolicyviolation', (event) => {
    violations.push({ blocked: String((event as { blockedURI?: unknown }).blockedURI), at: Date.now() });
    if (violations.length > 20) violations.shift();
  });
}

/**
 * Why a fetch failed, in an error that names the cause and the remedy. Node says it; a page is told "failed to fetch" and
 * nothing more, so there the causes are told apart by what else can be seen.
 */
export async function explainFault(
  cause: unknown,
  address: string,
  tools: { readonly fetch: typeof fetch },
): Promise<StablePoseError> {
  const code = deepestCode(cause);
  if (code !== undefined && nodeTimeouts.has(code)) return timedOut(address, 0, cause);
  if (code !== undefined && nodeReasons[code] !== undefined)
    return unreachable(nodeReasons[code], address, cause);
  const words = cause instanceof Error ? `${cause.name} ${cause.message}` : String(cause);
  // UXP says so of addresses that the plug-in's manifest does not name.
  if (/permission denied|manifest/i.test(words)) return unreachable('no-permission', address, cause);
  if (/terminated|other side closed|network connection was lost/i.test(words)) {
    return unreachable('broken-off', address, cause);
  }
  if (typeof document === 'undefined' && typeof location === 'undefined')
    return unreachable('unknown', address, cause);
  return unreachable(await pageReason(address, tools.fetch), address, cause);
}

/** @param waitedMs until now, as far as it is known */
export function timedOut(address: string, waitedMs: number, cause?: unknown): StablePoseError {
  return new StablePoseError('timeout', `The server at ${address} did not answer in time.`, {
    remedy: 'Look whether the address is right, and whether a firewall swallows what is sent to it.',
    details: { address, waitedMs },
    cause,
  });
}

/** In the middle of a job. */
export function wentSilent(address: string, waitedMs: number): StablePoseError {
  return new StablePoseError('timeout', `The server at ${address} has gone silent.`, {
    remedy:
      'Look whether it still runs and its computer is awake, and ask again: what it has begun, it keeps.',
    details: { address, waitedMs },
  });
}

async function pageReason(address: string, fetcher: typeof fetch): Promise<FaultReason> {
  const { protocol, hostname, origin } = new URL(address);
  const place = placeOf(hostname);
  // The event comes a task later than the error.
  await new Promise((resolve) => setTimeout(resolve, 50));
  if (violations.some(({ blocked, at }) => Date.now() - at < 5000 && blocked.startsWith(origin)))
    return 'blocked-by-csp';
  if (isSecurePage() && protocol === 'http:' && place !== 'this-machine') {
    // Where the user is asked about the local network (Chromium from 142 on), what is plainly in it is no mixed content.
    const isAsked = place === 'local-network' && (await localNetworkPermission(place)) !== undefined;
    if (!isAsked) return 'mixed-content';
  }
  try {
    // Opaque, but it comes only where something listens.
    await fetcher(`${origin}${healthPath}`, { mode: 'no-cors', signal: AbortSignal.timeout(5000) });
    return 'blocked-by-cors';
  } catch {
    // Frames without an origin read as denied, though their calls go through: it counts only when nothing came back.
    if ((await localNetworkPermission(place)) === 'denied') return 'no-permission';
    const isNumber = place === 'this-machine' || /^[\d.]+$|^\[/.test(hostname);
    return isNumber ? 'refused' : 'refused-or-not-found';
  }
}

type Place = 'this-machine' | 'local-network' | 'anywhere';

/** Where a host is, as far as its name or number says so. */
function placeOf(hostname: string): Place {
  if (isThisMachine(hostname)) return 'this-machine';
  const isPrivate =
    /^(10|192\.168|169\.254|172\.(1[6-9]|2\d|3[01]))(\.\d+)+$|^\[(f[cd]|fe[89ab])|\.local$/.test(hostname);
  return isPrivate ? 'local-network' : 'anywhere';
}

/** Frames without an address of their own (`srcdoc`, `data:`), as plug-ins' pages are, obey what holds for the page around them. */
function isSecurePage(): boolean {
  const { ancestorOrigins = [] } = location as { readonly ancestorOrigins?: ArrayLike<string> };
  return [location.protocol, ...Array.from(ancestorOrigins)].some((one) => one.startsWith('https:'));
}

/** What the browser's user said; undefined where users are not asked. Newer Chromium asks of the two places apart. */
async function localNetworkPermission(place: Place): Promise<PermissionState | undefined> {
  const own = { 'this-machine': 'loopback-network', 'local-network': 'local-network', anywhere: undefined }[
    place
  ];
  for (const name of [own, 'local-network-access']) {
    if (name === undefined) continue;
    try {
      return (await navigator.permissions.query({ name: name as PermissionName })).state;
    } catch {}
  }
  return undefined;
}

function deepestCode(error: unknown): string | undefined {
  let found: string | undefined;
  let current = error;
  for (let depth = 0; depth < 8 && typeof current === 'object' && current !== null; depth++) {
    const { code, cause, errors } = current as { code?: unknown; cause?: unknown; errors?: unknown };
    if (typeof code === 'string') found = code;
    // Node tries every address of a name, and says what each gave.
    current = cause ?? (Array.isArray(errors) ? errors[0] : undefined);
  }
  return found;
}
