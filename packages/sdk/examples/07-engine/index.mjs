// An engine of one's own: anything that makes pictures. This one hands everything to another engine and counts; a real one
// would ask a service. The suite says whether it keeps the port's promises.
import { engineChecks, runConformance, StubEngine } from '@stable-pose/sdk/testing';

/** @typedef {import('@stable-pose/sdk').GenerationEngine} GenerationEngine */

/** @implements {GenerationEngine} */
class CountingEngine {
  pictures = 0;

  /** @param {import('@stable-pose/sdk').GenerationEngine} inner */
  constructor(inner) {
    this.inner = inner;
  }

  async describe() {
    const inner = await this.inner.describe();
    return { ...inner, kind: 'counting', name: `${inner.name}, counted` };
  }

  models() {
    return this.inner.models();
  }

  /** @type {import('@stable-pose/sdk').GenerationEngine['generate']} */
  async generate(request, options) {
    const result = await this.inner.generate(request, options);
    this.pictures += result.pictures.length;
    return result;
  }

  /** @type {import('@stable-pose/sdk').GenerationEngine['detectPose']} */
  detectPose(picture, options) {
    return this.inner.detectPose(picture, options);
  }

  /** @type {import('@stable-pose/sdk').GenerationEngine['matte']} */
  matte(picture, options) {
    return this.inner.matte(picture, options);
  }

  dispose() {
    return this.inner.dispose();
  }
}

const outcomes = await runConformance(engineChecks, () => {
  const engine = new CountingEngine(new StubEngine());
  return { engine, dispose: () => engine.dispose() };
});
for (const { rule, title, outcome, reason } of outcomes) {
  if (outcome !== 'passed') console.log(`[${rule}] ${title}: ${outcome}, ${reason}`);
}
const failed = outcomes.filter(({ outcome }) => outcome === 'failed').length;
console.log(`${outcomes.length} rules, ${failed} broken.`);
process.exitCode = failed > 0 ? 1 : 0;
