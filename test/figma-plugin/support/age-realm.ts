/** Takes out of a fresh realm what came into the language after ES2017, so that its use throws. */
export const ageRealm = `
  for (const name of ['flat', 'flatMap', 'at', 'findLast', 'findLastIndex', 'toSorted', 'toReversed', 'toSpliced', 'with'])
    delete Array.prototype[name];
  for (const name of ['matchAll', 'replaceAll', 'at', 'trimStart', 'trimEnd']) delete String.prototype[name];
  for (const name of ['fromEntries', 'hasOwn', 'groupBy']) delete Object[name];
  for (const name of ['allSettled', 'any', 'withResolvers']) delete Promise[name];
  delete Promise.prototype.finally;
  delete Symbol.asyncIterator;
  for (const name of ['WeakRef', 'FinalizationRegistry', 'AggregateError', 'BigInt', 'SharedArrayBuffer', 'Atomics', 'WebAssembly'])
    delete globalThis[name];
  delete globalThis.globalThis;
`;
