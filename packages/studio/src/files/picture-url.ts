/** An address of a PNG for this page; whoever asks for it revokes it. */
export function pictureUrl(png: Uint8Array): string {
  return URL.createObjectURL(new Blob([png as Uint8Array<ArrayBuffer>], { type: 'image/png' }));
}
