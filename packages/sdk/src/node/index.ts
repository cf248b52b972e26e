export { createNodeEngine, type NodeEngineOptions } from './create-node-engine.ts';
export { defaultModel, figurineFolder, modelVariable } from './default-model.ts';
export { bytesOf, fileTitle, type NodeModelFiles, openModelFiles } from './open-model-files.ts';
