/**
 * The main page of a plug-in that has its panel in it, without `entrypoints.setup`: shown in the panel, its scripts after its
 * content as UXP runs them, with `require` in its window. It has a browser's whole document, which is more than UXP's: what it
 * uses of Photoshop is simulated, what it uses of HTML is not held to UXP's limits.
 * @param address where the page is served
 * @returns takes it away
 */
export async function openMainPage(
  place: HTMLElement,
  address: URL,
  require: (name: string) => unknown,
): Promise<() => void> {
  const html = await (await fetch(address)).text();
  const element = document.createElement('iframe');
  element.title = 'Plug-in';
  const key = `uxpRequire${Math.random().toString(36).slice(2)}`;
  Object.assign(globalThis, { [key]: require });
  const own = `<base href="${address.href}"><script>window.require = parent.${key};</script>`;
  element.srcdoc = html
    .replace(/<script (?![^>]*\bdefer\b)([^>]*\bsrc=)/gi, '<script defer $1')
    .replace(/<head[^>]*>/i, (head) => head + own);
  place.append(element);
  return () => {
    element.remove();
    Reflect.deleteProperty(globalThis, key);
  };
}
