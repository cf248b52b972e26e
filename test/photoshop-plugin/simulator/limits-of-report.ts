import { type HostReport, noError } from '../../../packages/photoshop-plugin/src/test-host/test-host.ts';
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
  const empty = value('emptyPartError');
  return {
    ...(pathUnit === 'distanceUnit' || pathUnit === 'pixelsUnit' ? { pathUnit } : {}),
    ...(Array.isArray(offset) ? { shapeOffset: [offset[0], offset[1]] as const } : {}),
    ...(beside === 'beside' || beside === 'inside' ? { layerBesideGroup: beside } : {}),
    ...(typeof empty === 'string'
      ? { emptyPart: empty.startsWith(noError) ? ('empty' as const) : ('error' as const) }
      : {}),
  };
}

/** What the script's engine did not have of what the report asked for: `UxpRealm` takes it away. */
export function absentOfReport({ engine }: Pick<HostReport, 'engine'>): readonly string[] {
  return Object.keys(engine).filter((name) => !engine[name]);
}
