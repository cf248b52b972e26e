import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Extractor, ExtractorConfig } from '@microsoft/api-extractor';
import { buildWhenStale, publicPackages, root } from './public-packages.ts';

export interface ApiEntry {
  /** Of the report. */
  readonly name: string;
  readonly folder: string;
  /** Of the built declarations, inside the package. */
  readonly types: string;
}

/** Whose public interface is kept in view: what plug-in authors, and the ports' implementers, build on. */
const watched = ['@stable-pose/core', '@stable-pose/sdk', '@stable-pose/server', '@stable-pose/studio'];
/** Doors of core that show a part of what its main one shows. */
const partial = ['./contract', './pose', './mask', './tensor', './errors'];
const reportFolder = join(root, 'docs/api');

/** A report for every door of the watched packages. */
export function apiEntries(): readonly ApiEntry[] {
  return publicPackages()
    .filter(({ name }) => watched.includes(name))
    .flatMap(({ name, folder, manifest }) =>
      Object.entries(manifest.exports ?? {}).flatMap(([door, target]) => {
        if (partial.includes(door)) return [];
        const types = typeof target === 'string' ? undefined : target.types;
        const title = `${name.replace(/^@[^/]+\//, '')}${door.slice(1).replaceAll('/', '-')}`;
        return types ? [{ name: title, folder, types }] : [];
      }),
    );
}

export function buildForReports(): void {
  buildWhenStale(publicPackages().filter(({ name }) => watched.includes(name)));
}

/** The public interface of an entry, as the declarations of its build have it. */
export function reportOf({ name, folder, types }: ApiEntry): string {
  const temporary = mkdtempSync(join(tmpdir(), 'stable-pose-api-'));
  const projectFolder = join(root, folder);
  const mainEntryPointFilePath = join(projectFolder, types);
  const compilerOptions = {
    target: 'ES2022',
    module: 'NodeNext',
    moduleResolution: 'NodeNext',
    lib: ['ES2023', 'DOM', 'DOM.Iterable'],
    types: ['node'],
    strict: true,
    skipLibCheck: true,
  };
  try {
    const config = ExtractorConfig.prepare({
      configObjectFullPath: undefined,
      packageJsonFullPath: join(projectFolder, 'package.json'),
      configObject: {
        projectFolder,
        mainEntryPointFilePath,
        newlineKind: 'lf',
        compiler: { overrideTsconfig: { compilerOptions, files: [mainEntryPointFilePath] } },
        apiReport: {
          enabled: true,
          reportFileName: `${name}.api.md`,
          reportFolder: temporary,
          reportTempFolder: temporary,
        },
        docModel: { enabled: false },
        dtsRollup: { enabled: false },
        tsdocMetadata: { enabled: false },
        messages: {
          compilerMessageReporting: { default: { logLevel: 'none' as never } },
          extractorMessageReporting: { default: { logLevel: 'none' as never } },
          tsdocMessageReporting: { default: { logLevel: 'none' as never } },
        },
      },
    });
    Extractor.invoke(config, { localBuild: true, messageCallback: (message) => (message.handled = true) });
    return readFileSync(join(temporary, `${name}.api.md`), 'utf8');
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** As committed; undefined where there is none yet. */
export function committedReport({ name }: ApiEntry): string | undefined {
  const path = join(reportFolder, `${name}.api.md`);
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

export function writeReport({ name }: ApiEntry, report: string): void {
  mkdirSync(reportFolder, { recursive: true });
  writeFileSync(join(reportFolder, `${name}.api.md`), report);
}
