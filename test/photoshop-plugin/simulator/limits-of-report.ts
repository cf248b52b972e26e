import type { HostReport } from '../../../packages/photoshop-plugin/src/test-host/test-host.ts';
import type { SimulatorLimits } from './photoshop-simulator.ts';

/** The file that the panel's self-test saves. */
export interface SelfTestReport {
  readonly format: 'stable-pose-photoshop-report';
  readonly version: 1;
  readonly photoshop: HostReport;
}

/** What a report from a real Photoshop says about what no page documents; what it could not answer stays as it is. */
export function limitsOfReport({ format, version, photoshop }: SelfTestReport): Partial<SimulatorLimits> {
  if (format !== 'stable-pose-photoshop-report' || version !== 1)
    throw new Error('This is no report of the self-test.');
  const value = (question: keyof HostReport['answers']) => {
    const answer = photoshop.answers[question];
    return 'value' in answer ? answer.value : undefined;
  };
  const [pathUnit, offset, beside] = [value('pathUnit'), value('shapePlace'), value('layerBesideGroup')];
  return {
    ...(pathUnit === 'distanceUnit' || pathUnit === 'pixelsUnit' ? { pathUnit } : {}),
    ...(Array.isArray(offset) ? { shapeOffset: [offset[0], offset[1]] as const } : {}),
    ...(beside === 'beside' || beside === 'inside' ? { layerBesideGroup: beside } : {}),
  };
}
