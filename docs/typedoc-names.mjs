import { Converter } from 'typedoc';

/** TypeDoc plugin: an entry is called what a caller imports, and not after its source. */
export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const entry of project.children ?? []) {
      entry.name = entry.name.replace(/^packages\/([\w-]+)\/src/, '@stable-pose/$1').replace(/\/index$/, '');
    }
  });
}
