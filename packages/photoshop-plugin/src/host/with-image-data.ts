import type { PhotoshopImageData } from '../photoshop/imaging.ts';

/** Uses image data and disposes it whatever happens: it lies in Photoshop's memory, where no garbage collector hurries. */
export async function withImageData<T>(
  data: PhotoshopImageData,
  use: (data: PhotoshopImageData) => Promise<T>,
): Promise<T> {
  try {
    return await use(data);
  } finally {
    data.dispose();
  }
}
