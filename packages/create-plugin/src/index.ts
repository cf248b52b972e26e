export { type CreatedPlugin, createPlugin } from './create-plugin.ts';
