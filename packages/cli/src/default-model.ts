export { defaultModel, figurineFolder, modelVariable } from '@stable-pose/sdk/node';
