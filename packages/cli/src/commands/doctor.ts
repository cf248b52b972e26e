import { statfsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, cpus, freemem, platform, release, tmpdir, totalmem } from 'node:os';
import { StablePoseError } from '@stable-pose/core';
import { type DeviceReport, type NodeDevice, probeNodeDevices } from '@stable-pose/core/onnx-node';
import { findServer } from '@stable-pose/sdk/remote';
import { Command } from 'commander';
import { defaultModel } from '../default-model.ts';
import type { Finding } from '../finding.ts';
import { hostFindings } from '../host-findings.ts';
import { createProgressBar } from '../progress-bar.ts';

const gibibyte = 2 ** 30;

export function doctorCommand(): Command {
  return new Command('doctor')
    .summary('what this machine can run, and how to make it run more')
    .description(
      'Looks at this machine: which devices compute, and compute rightly; memory; the model that ships inside; where pictures for Figma and Photoshop are best made. Ends with 1 when no picture could be made.',
    )
    .option('--json', 'print the findings as JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const around = await surroundings();
      const { found, hasCard } = await devices();
      const findings = [...around, ...found, ...(await hosts(hasCard))];
      if (json) process.stdout.write(`${JSON.stringify(findings, null, 2)}\n`);
      else process.stdout.write(`${findings.map(line).join('\n')}\n`);
      if (findings.some(({ state }) => state === 'bad')) process.exitCode = 1;
    });
}

function line({ state, name, words, remedy }: Finding): string {
  const sign = { good: '✓', absent: '–', bad: '✗' }[state];
  return `${sign} ${name.padEnd(12)} ${words}${remedy ? `\n  ${' '.repeat(12)} ${remedy}` : ''}`;
}

async function surroundings(): Promise<Finding[]> {
  const [processor] = cpus();
  const free = freemem() / gibibyte;
  const total = totalmem() / gibibyte;
  const disk = statfsSync(tmpdir());
  const diskFree = (disk.bavail * disk.bsize) / gibibyte;
  const enough = free >= 2;
  return [
    {
      state: 'good',
      name: 'system',
      words: `${platform()} ${release()}, ${arch()}, Node ${process.versions.node}`,
    },
    {
      state: 'good',
      name: 'processor',
      words: `${processor?.model.trim() ?? 'unknown'}, ${cpus().length} cores`,
    },
    {
      state: enough ? 'good' : 'absent',
      name: 'memory',
      words: `${free.toFixed(1)} of ${total.toFixed(1)} GiB free`,
      remedy: free >= 8 ? undefined : 'Stable Diffusion 1.5 wants 8 GiB and more; the model inside wants 1.',
    },
    {
      state: diskFree >= 1 ? 'good' : 'absent',
      name: 'disk',
      words: `${diskFree.toFixed(1)} GiB free in ${tmpdir()}`,
    },
    runtimeFinding(),
    await modelFinding(),
  ];
}

function runtimeFinding(): Finding {
  const name = 'onnxruntime';
  try {
    const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json') as {
      version: string;
    };
    return { state: 'good', name, words: `onnxruntime-node ${version}` };
  } catch {
    const remedy = 'npm install onnxruntime-node --onnxruntime-node-install=skip';
    return { state: 'bad', name, words: 'onnxruntime-node is not installed', remedy };
  }
}

async function modelFinding(): Promise<Finding> {
  try {
    return { state: 'good', name: 'model', words: await defaultModel() };
  } catch (error) {
    const { message } = StablePoseError.from(error);
    return { state: 'absent', name: 'model', words: message };
  }
}

async function devices(): Promise<{ readonly found: readonly Finding[]; readonly hasCard: boolean }> {
  const found: Finding[] = [];
  const speeds = new Map<NodeDevice, number>();
  const bar = createProgressBar();
  try {
    bar.update(0.05, 'trying devices');
    let tried = 0;
    for await (const report of probeNodeDevices()) {
      tried += 1;
      bar.update(tried / 6, `${report.device} tried`);
      found.push(deviceFinding(report));
      if (report.speed !== undefined) speeds.set(report.device, report.speed);
    }
  } catch (error) {
    found.push({ state: 'bad', name: 'devices', words: StablePoseError.from(error).message });
  } finally {
    bar.stop();
  }
  const ofProcessor = speeds.get('cpu') ?? 0;
  const hasCard = [...speeds].some(([device, speed]) => device !== 'cpu' && speed > ofProcessor);
  return { found, hasCard };
}

async function hosts(hasCard: boolean): Promise<readonly Finding[]> {
  return hostFindings({ platform: platform(), hasCard, serverUrl: await findServer() });
}

function deviceFinding({ device, speed, reason }: DeviceReport): Finding {
  const untested = ['tensorrt', 'dml', 'coreml'].includes(device) ? ' (untested)' : '';
  if (speed !== undefined) {
    return {
      state: 'good',
      name: device,
      words: `computes rightly, ${speed.toPrecision(2)} GFLOP/s in a 3x3 convolution${untested}`,
    };
  }
  const words = (reason?.message ?? '')
    .replace(` ${reason?.remedy}`, '')
    .replace(/^The device \w+ cannot be used: /, '');
  return {
    state: device === 'cpu' ? 'bad' : 'absent',
    name: device,
    words: `${words}${untested}`,
    remedy: device === 'cpu' || reason?.code === 'device-wrong' ? reason?.remedy : remedyFor(device),
  };
}

function remedyFor(device: NodeDevice): string | undefined {
  switch (device) {
    case 'cuda':
      return platform() === 'linux' && arch() === 'x64'
        ? 'With an NVIDIA card: install the CUDA and cuDNN that onnxruntime names for its CUDA provider, then onnxruntime-node with its download (no "skip").'
        : undefined;
    case 'webgpu':
      return platform() === 'linux'
        ? 'With a graphics card: install its Vulkan driver (Debian: mesa-vulkan-drivers, or NVIDIA’s own) and libvulkan1.'
        : undefined;
    case 'dml':
      return platform() === 'win32' ? 'Update Windows and the graphics driver.' : undefined;
    default:
      return undefined;
  }
}
