export default {
  // Relative addresses, so that the built page runs from any folder.
  base: './',
  build: { target: 'es2022' },
  // The worker imports onnxruntime when it knows which build it needs.
  worker: { format: 'es' },
  // Bundled beforehand they would no longer find their worker and their .wasm.
  optimizeDeps: {
    // No module itself, and read by one that is excluded.
    include: ['@stable-pose/core > @rgrove/parse-xml'],
    exclude: ['@stable-pose/sdk', '@stable-pose/core', '@stable-pose/models', 'onnxruntime-web'],
  },
};
