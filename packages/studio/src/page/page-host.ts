import { encodePng, StablePoseError } from '@stable-pose/core';
import type { HostAdapter, HostSelection, HostStorage } from '@stable-pose/sdk';

/** A page of its own as a host: there is no document, so placing a picture saves it, and every canvas is a new one. */
export function pageHost(storage: HostStorage): HostAdapter {
  const nothing: HostSelection = {
    target: 'new',
    kind: 'nothing',
    name: '',
    hasMask: false,
    people: 0,
    alsoSelected: [],
  };
  const darkness = matchMedia('(prefers-color-scheme: dark)');
  return {
    info: {
      name: 'this page',
      version: '',
      capabilities: {
        masks: false,
        pictureMasks: false,
        scalesPictures: true,
        metadata: false,
        replacePictures: false,
        newCanvas: true,
        poses: 'none',
        files: 'page',
        links: true,
      },
      limits: {},
    },
    storage,
    readSelection: async () => nothing,
    readPixels: async () => {
      throw unsupported('has no document to read from');
    },
    readMask: async () => undefined,
    readPoses: async () => ({ poses: [], notes: [] }),
    placePoses: async () => {
      throw unsupported('has no document to draw skeletons in');
    },
    place: async ({ pictures }) =>
      pictures.map(({ picture, name }, i) => {
        download(`${name}.png`, encodePng(picture));
        return `${name}-${i}`;
      }),
    startProgress: () => ({ update: () => {}, end: () => {} }),
    notify: () => {},
    theme: async () => ({ appearance: darkness.matches ? 'dark' : 'light', colours: {} }),
    watch: (event, listener) => {
      if (event === 'closing') {
        const onHide = () => listener();
        addEventListener('pagehide', onHide);
        return () => removeEventListener('pagehide', onHide);
      }
      if (event !== 'theme') return () => {};
      const onChange = () => listener();
      darkness.addEventListener('change', onChange);
      return () => darkness.removeEventListener('change', onChange);
    },
    saveFile: async () => {
      throw unsupported('saves files by its own means');
    },
    pickFile: async () => {
      throw unsupported('opens files by its own means');
    },
    openLink: async (url) => {
      if (!url.startsWith('https://')) {
        throw new StablePoseError('invalid-input', `Only https addresses are opened, got ${url}.`);
      }
      open(url, '_blank', 'noopener');
    },
  };
}

function download(name: string, bytes: Uint8Array): void {
  const url = URL.createObjectURL(new Blob([bytes as Uint8Array<ArrayBuffer>], { type: 'image/png' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

function unsupported(what: string): StablePoseError {
  return new StablePoseError('not-supported', `A page of its own ${what}.`);
}
