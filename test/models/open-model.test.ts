import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openAdapter, openModel } from '../../models/src/on-disk.ts';
import {
  fed,
  fedFrom,
  referencePath,
  referenceTensors,
  tolerance,
  worstDifference,
} from './architectures/reference.ts';
import { loadModel } from './architectures/run-graph.ts';
import { makeTinyFolder } from './tiny-folder.ts';

const tiny = makeTinyFolder();
const scratch = mkdtempSync(join(tmpdir(), 'stable-pose-open-'));
afterAll(() => {
  tiny.remove();
  rmSync(scratch, { recursive: true, force: true });
});

describe('openModel', () => {
  it('opens a folder that holds a checkpoint, its config and its tokenizer', async () => {
    const model = await openModel({ path: tiny.folder });
    expect(model.config).toMatchObject({
      name: 'tiny',
      latents: { channels: 4, factor: 8, scale: 0.18215 },
      unet: {
        inputChannels: 4,
        timestepEmbeddingWidth: 32,
        sizeMultiple: 16,
        residuals: [
          { channels: 32, factor: 1 },
          { channels: 32, factor: 1 },
          { channels: 32, factor: 2 },
          { channels: 64, factor: 2 },
          { channels: 64, factor: 2 },
        ],
        encoderResiduals: [
          { channels: 32, factor: 1 },
          { channels: 64, factor: 2 },
        ],
      },
      text: { contextLength: 77, width: 48, layers: 3, startId: 998, endId: 999, padId: 999 },
      schedule: { kind: 'scaled-linear', start: 0.00085, end: 0.012, timesteps: 1000 },
      nativeSize: { width: 512, height: 512 },
    });
    expect(model.tokenizer.tokenizer).toHaveProperty('model.type', 'BPE');
    await model.dispose();
  });

  it('gives graphs that take the weights from where they lie', async () => {
    const model = await openModel({ path: referencePath('model/tiny.safetensors') });
    const source = await model.graph('text-encoder');
    expect(source.externalData).toEqual([
      { location: 'tiny.safetensors', kind: 'file', path: referencePath('model/tiny.safetensors') },
    ]);
    expect(source.copied).toEqual([]);
    const reference = referenceTensors('08_clip/clip.safetensors');
    const graph = await loadModel(source.model, source.externalData);
    const ids = fed([3, 77], Int32Array.from(reference.data('ids')));
    const { text_embedding: embedding } = await graph.run({ input_ids: ids });
    expect(worstDifference(embedding!.data, reference.data('last_hidden_state'))).toBeLessThan(
      tolerance('08.clip', '08 clip'),
    );
    await graph.release();
    await model.dispose();
  });

  it('says what a missing file, an empty folder and a checkpoint of something else are', async () => {
    await expect(openModel({ path: join(scratch, 'nothing.safetensors') })).rejects.toMatchObject({
      code: 'file-not-found',
    });
    mkdirSync(join(scratch, 'empty'));
    await expect(openModel({ path: join(scratch, 'empty') })).rejects.toMatchObject({
      code: 'model-not-found',
    });
    const other = referencePath('03_pmsavit/pmsavit.safetensors');
    await expect(openModel({ path: other })).rejects.toMatchObject({ code: 'architecture-unsupported' });
    await expect(openAdapter({ path: other })).rejects.toMatchObject({ code: 'architecture-unsupported' });
  });

  it('refuses a config whose fields are of another kind', async () => {
    const wrong = { scale_factor: 'large' };
    await expect(openModel({ path: tiny.folder, config: wrong })).rejects.toMatchObject({
      code: 'invalid-input',
    });
    const file = join(scratch, 'broken.json');
    writeFileSync(file, '{');
    await expect(openModel({ path: tiny.folder, config: file })).rejects.toMatchObject({
      code: 'model-corrupt',
    });
  });
});

describe('openAdapter', () => {
  it('opens the adapter that lies in the same file', async () => {
    const adapter = await openAdapter({ path: tiny.folder });
    expect(adapter.config).toMatchObject({
      kind: 'stable-pose',
      kernels: [23, 13],
      sigma: 3,
      hint: { drawing: 'stable-pose', range: [-1, 1], lineWidth: 10 },
      patchSize: 2,
    });
    const source = await adapter.graph('hint-encoder');
    const blocks = referenceTensors('04_blocks/blocks.safetensors');
    const graph = await loadModel(source.model, source.externalData);
    const { pose_features: features } = await graph.run({ hint_image: fedFrom(blocks, 'feature.hint') });
    expect(worstDifference(features!.data, blocks.data('feature.out'))).toBeLessThan(
      tolerance('04.feature', '04 feature'),
    );
    await graph.release();
    await adapter.dispose();
  });

  it('wants one mask kernel per masked layer', async () => {
    const config = { gaussian_kernels: [23, 13, 7], control_config: { params: { num_heads: 4 } } };
    await expect(openAdapter({ path: tiny.folder, config })).rejects.toMatchObject({
      code: 'tensor-mismatch',
    });
  });
});
