/** Pages of AdobeDocs/uxp-photoshop (`src/pages/`) that say what Photoshop and UXP refuse. */
export const documentation = {
  modal: 'ps-reference/media/executeasmodal.md',
  imaging: 'ps-reference/media/imaging.md',
  actions: 'ps-reference/media/action-recording.md',
  batchPlay: 'ps-reference/media/batchplay.md',
  manifest: 'guides/uxp-guide/uxp-misc/manifest-v5/index.md',
  entrypoints: 'uxp-api/reference-js/modules/uxp/entry-points/entry-points.md',
  webview: 'uxp-api/reference-js/global-members/html-elements/html-web-view-element.md',
  folder: 'uxp-api/reference-js/modules/uxp/persistent-file-storage/folder.md',
  file: 'uxp-api/reference-js/modules/uxp/persistent-file-storage/file.md',
} as const;
export type DocumentationPage = keyof typeof documentation;

/** What Photoshop refuses, and the page that says so. */
export function refused(page: DocumentationPage, words: string): Error {
  return new Error(`${words} (${documentation[page]})`);
}

/** What no page forbids and no page promises: the simulator takes no chances with it. */
export function stricter(words: string): Error {
  return new Error(`${words} (stricter than the pages)`);
}

/** What the simulator cannot do; Photoshop may well. */
export function notSimulated(what: string): Error {
  return new Error(`not simulated: ${what}`);
}

/** Asked by promises, bundlers, JSON and whatever compares or prints a value: absent in Photoshop too. */
const askedByEveryone = new Set(['then', '__esModule', 'toJSON', 'asymmetricMatch', 'nodeType', '$$typeof']);

/**
 * An object of Photoshop's whose members are those that are simulated: whatever else is asked of it throws, where a plain
 * object would be silent.
 * @param name as the plug-in's author knows it, such as `photoshop.core`
 */
export function onlySimulated<T extends object>(name: string, object: T): T {
  return new Proxy(object, {
    get: (own, member) => {
      if (member in own || typeof member === 'symbol' || askedByEveryone.has(member))
        return Reflect.get(own, member, own);
      throw notSimulated(`${name}.${member}`);
    },
    set: (own, member, value) => {
      if (!(member in own)) throw notSimulated(`${name}.${String(member)}`);
      return Reflect.set(own, member, value, own);
    },
  });
}
