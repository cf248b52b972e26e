export { blendRasters } from './blend-rasters.ts';
export { blurRaster } from './blur-raster.ts';
export { cropRaster, pasteRaster, type Rectangle } from './crop-raster.ts';
export { pictureScale, scaledKernel, scaledLineWidth, statedSide } from './picture-scale.ts';
export { decodePng, encodePng, type PngOptions, pngSize } from './png.ts';
export { maxRasterPixels, type Raster, raster, withChannels } from './raster.ts';
export { rasterToTensor, tensorToRaster } from './raster-tensor.ts';
export { type ResizeFilter, resizeRaster } from './resize.ts';
export { TileBlender, tilesOf } from './tiles.ts';
