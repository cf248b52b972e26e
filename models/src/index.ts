export { type OpenAdapterOptions, openAdapter } from './open-adapter.ts';
export { type OpenModelOptions, openModel } from './open-model.ts';
