export { createNodeEngine, type NodeEngineOptions } from './create-node-engine.ts';
export { defaultModel, figurineFolder, modelVariable } from './default-model.ts';
export { bytesOf, fileTitle, type NodeModelFiles, openModelFiles } from './open-model-files.ts';
export { chooseModelFiles, type FileChoice } from './store/choose-model-files.ts';
export {
  defaultModelFolder,
  type ModelFolder,
  type ModelFolderOptions,
  modelFolderVariable,
  openModelFolder,
} from './store/open-model-folder.ts';
export { userDataFolder } from './user-data-folder.ts';
