import type { MainCalls } from '../messages/call-main.ts';
import { type EchoMessage, readEcho } from '../messages/figma-messages.ts';
import type { FigmaHost } from './figma-host.ts';
import { readPageFacts } from './page-facts.ts';
import { runSelfTest, type SelfTestReport } from './self-test.ts';

const css = `
.self-test { font: 13px/1.5 Inter, system-ui, sans-serif; color: var(--figma-color-text, #1e1e1e); padding: 20px; height: 100%;
  box-sizing: border-box; display: flex; flex-direction: column; gap: 12px; background: var(--figma-color-bg, #fff); }
.self-test h1 { font-size: 15px; margin: 0; }
.self-test p { margin: 0; color: var(--figma-color-text-secondary, #666); overflow-wrap: anywhere; }
.self-test textarea { flex: 1; min-height: 0; font: 11px/1.5 ui-monospace, monospace; resize: none; padding: 10px;
  border: 1px solid var(--figma-color-border, #e6e6e6); border-radius: 6px; background: none; color: inherit; }
.self-test a { align-self: start; background: var(--figma-color-bg-brand, #0d99ff); color: var(--figma-color-text-onbrand, #fff);
  border-radius: 6px; padding: 6px 14px; text-decoration: none; font-weight: 500; }
`;

const words = {
  en: {
    title: 'Self-test in this Figma',
    going: 'A frame far from your work comes and goes. This takes a minute.',
    done: (passed: number, failed: number, skipped: number) =>
      `Passed ${passed}, failed ${failed}, could not be asked ${skipped}.`,
    save: 'Save the report',
    report: 'Report',
  },
  de: {
    title: 'Selbsttest in diesem Figma',
    going: 'Weit weg von Ihrer Arbeit kommt und geht ein Rahmen. Das dauert eine Minute.',
    done: (passed: number, failed: number, skipped: number) =>
      `Bestanden ${passed}, durchgefallen ${failed}, nicht zu prüfen ${skipped}.`,
    save: 'Bericht speichern',
    report: 'Bericht',
  },
};

/** The self-test in place of the panel: what is being asked, and a report to save or copy. */
export async function showSelfTest(place: HTMLElement, host: FigmaHost, main: MainCalls): Promise<void> {
  const text = /^de\b/i.test(navigator.language) ? words.de : words.en;
  const root = place.attachShadow({ mode: 'open' });
  const style = document.createElement('style');
  style.textContent = css;
  const page = document.createElement('section');
  page.className = 'self-test';
  const title = document.createElement('h1');
  title.textContent = text.title;
  const line = document.createElement('p');
  line.setAttribute('aria-live', 'polite');
  line.textContent = text.going;
  page.append(title, line);
  root.append(style, page);
  let report: SelfTestReport;
  try {
    report = await runSelfTest({
      host,
      main,
      pageFacts: readPageFacts,
      echo: echoRaw,
      onStep: (step) => {
        line.textContent = step;
      },
    });
  } catch (error) {
    line.textContent = error instanceof Error ? error.message : String(error);
    return;
  }
  const count = (outcome: string) => report.host.filter((one) => one.outcome === outcome).length;
  line.textContent = text.done(count('passed'), count('failed'), count('skipped'));
  const json = JSON.stringify(report, null, 1);
  // Frames of some hosts save no files: the text can be copied.
  const area = document.createElement('textarea');
  area.readOnly = true;
  area.setAttribute('aria-label', text.report);
  area.value = json;
  const link = document.createElement('a');
  link.textContent = text.save;
  link.download = 'stable-pose-figma-report.json';
  link.href = URL.createObjectURL(new Blob([json], { type: 'application/json' }));
  page.append(area, link);
}

const echoTimeoutMs = 20_000;

/** Past our channel and its chunks: one message with all bytes in it. @returns how many came back */
function echoRaw(bytes: Uint8Array): Promise<number> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      removeEventListener('message', hear);
    };
    const timer = setTimeout(() => {
      end();
      reject(new Error(`No answer within ${echoTimeoutMs / 1000} s.`));
    }, echoTimeoutMs);
    const hear = ({ data }: MessageEvent) => {
      const echo = readEcho((data as { readonly pluginMessage?: unknown } | null)?.pluginMessage);
      if (!echo) return;
      end();
      resolve(echo.stablePoseEcho.length);
    };
    addEventListener('message', hear);
    try {
      const echo: EchoMessage = { stablePoseEcho: bytes };
      parent.postMessage({ pluginMessage: echo }, '*');
    } catch (error) {
      end();
      reject(error);
    }
  });
}
