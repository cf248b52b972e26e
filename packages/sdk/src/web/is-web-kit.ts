/** Safari, or a page in a webview of macOS and iOS: Chromium says AppleWebKit too, and Chrome besides. */
export function isWebKit(agent: string = globalThis.navigator?.userAgent ?? ''): boolean {
  return /AppleWebKit\//.test(agent) && !/Chrom(e|ium)\/|HeadlessChrome\//.test(agent);
}
