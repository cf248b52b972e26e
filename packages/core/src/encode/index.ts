export { type EncodeOptions, encodePicture, latentsOfMoments } from './encode-picture.ts';
