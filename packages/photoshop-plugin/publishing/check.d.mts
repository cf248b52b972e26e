/** What is wrong with a package, a sentence each; empty when nothing is. */
export function checkPackage(ccx: Uint8Array, listing?: Readonly<Record<string, unknown>>): readonly string[];
/** What is wrong with the listing's pictures, by file name. */
export function checkPictures(pictures: Readonly<Record<string, Uint8Array>>): readonly string[];
/** Those in `pictures/`, by name. */
export function listingPictures(): Readonly<Record<string, Uint8Array>>;
