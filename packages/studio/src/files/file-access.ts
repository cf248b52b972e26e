import type { HostAdapter } from '@stable-pose/sdk';

/** Asks people for a file, by the page's means or by the host's. Undefined when they changed their mind. */
export async function pickFile(
  host: HostAdapter,
  endings: readonly string[],
): Promise<{ readonly name: string; readonly blob: Blob } | undefined> {
  if (host.info.capabilities.files === 'host') {
    const file = await host.pickFile(endings);
    return file && { name: file.name, blob: new Blob([file.bytes as Uint8Array<ArrayBuffer>]) };
  }
  const input = document.createElement('input');
  input.type = 'file';
  input.accept = endings.join(',');
  return new Promise((resolve) => {
    input.addEventListener('change', () => {
      const file = input.files?.[0];
      resolve(file && { name: file.name, blob: file });
    });
    input.addEventListener('cancel', () => resolve(undefined));
    input.click();
  });
}

/** @returns false when people changed their mind */
export async function saveFile(
  host: HostAdapter,
  name: string,
  bytes: Uint8Array,
  type: string,
): Promise<boolean> {
  if (host.info.capabilities.files === 'host') return host.saveFile({ name, bytes });
  const url = URL.createObjectURL(new Blob([bytes as Uint8Array<ArrayBuffer>], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
  return true;
}
