/** What is wrong with a package, a sentence each; empty when nothing is. */
export function checkPackage(ccx: Uint8Array, listing?: Readonly<Record<string, unknown>>): readonly string[];
