/** Whether a URL's hostname is this machine's own: loopback by its name or number, IPv6 in its brackets. */
export const isThisMachine = (hostname: string): boolean =>
  /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
