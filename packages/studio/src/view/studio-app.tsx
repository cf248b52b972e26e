import { useSignal } from '@preact/signals';
import { Images, LibraryBig, Moon, PersonStanding, SlidersHorizontal, Sun } from 'lucide-preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import type { PanelName, Studio } from '../state/studio.ts';
import { languageOf } from '../text/languages.ts';
import { CompareStage } from './compare-stage.tsx';
import { GenerateBar } from './generate-bar.tsx';
import { GeneratePanel } from './generate-panel.tsx';
import { IconButton } from './icon-button.tsx';
import { LibraryPanel } from './library-panel.tsx';
import { NoticeList } from './notice-list.tsx';
import { PersonPanel } from './person-panel.tsx';
import { ResultsPanel } from './results-panel.tsx';
import { Stage } from './stage.tsx';
import { StudioContext, useStudio } from './studio-context.ts';
import { Toolbar } from './toolbar.tsx';

type Layout = 'narrow' | 'medium' | 'wide';
/** Of the panel, not of the window: a plug-in's panel is a small part of a large screen. */
const layoutOf = (width: number): Layout => (width < 640 ? 'narrow' : width < 1120 ? 'medium' : 'wide');

const icons = {
  generate: SlidersHorizontal,
  library: LibraryBig,
  person: PersonStanding,
  results: Images,
} as const;
const panels = {
  generate: GeneratePanel,
  library: LibraryPanel,
  person: PersonPanel,
  results: ResultsPanel,
} as const;

export function StudioApp({ studio }: { readonly studio: Studio }) {
  const root = useRef<HTMLDivElement>(null);
  const layout = useSignal<Layout>('medium');
  useLayoutEffect(() => {
    const element = root.current!;
    const measure = (width: number) => {
      if (width > 0) layout.value = layoutOf(width);
    };
    measure(element.clientWidth);
    const observer = new ResizeObserver(([entry]) => measure(entry.contentRect.width));
    observer.observe(element);
    return () => observer.disconnect();
  }, [layout]);
  useClipboard(root, studio);

  const { theme } = studio.preferences.value;
  const host = studio.hostTheme.value;
  const appearance = theme === 'host' ? host.appearance : theme;
  const hostColours = theme === 'host' ? colourVariables(host.colours) : {};
  const isWide = layout.value === 'wide';
  return (
    <StudioContext.Provider value={studio}>
      <div
        ref={root}
        class={`studio ${layout.value}`}
        data-appearance={appearance}
        style={hostColours}
        lang={languageOf(studio.preferences.value.language)}
      >
        {isWide && (
          <aside class="side left" aria-label={studio.text.value.panels.generate}>
            <Head />
            <div class="side-scroll">
              <GeneratePanel />
            </div>
            <GenerateBar />
          </aside>
        )}
        <main class="middle">
          {!isWide && <Head />}
          <Toolbar />
          <div class="stage-place">
            <Stage />
            <CompareStage />
          </div>
        </main>
        <Side
          names={isWide ? ['library', 'person', 'results'] : ['generate', 'library', 'person', 'results']}
          hasBar={!isWide}
        />
        <NoticeList />
      </div>
    </StudioContext.Provider>
  );
}

function Head() {
  const studio = useStudio();
  const text = studio.text.value;
  const { theme, language } = studio.preferences.value;
  const appearance = theme === 'host' ? studio.hostTheme.value.appearance : theme;
  const spoken = languageOf(language);
  return (
    <header class="head">
      <Mark />
      <h1>{text.title}</h1>
      <div class="head-buttons">
        <button
          type="button"
          class="icon-button language"
          aria-label={`${spoken === 'de' ? 'EN' : 'DE'}: ${text.otherLanguage}`}
          title={text.otherLanguage}
          onClick={() => {
            studio.preferences.value = {
              ...studio.preferences.peek(),
              language: spoken === 'de' ? 'en' : 'de',
            };
          }}
        >
          {spoken === 'de' ? 'EN' : 'DE'}
        </button>
        <IconButton
          icon={appearance === 'dark' ? Sun : Moon}
          label={appearance === 'dark' ? text.lightTheme : text.darkTheme}
          onClick={() => {
            studio.preferences.value = {
              ...studio.preferences.peek(),
              theme: appearance === 'dark' ? 'light' : 'dark',
            };
          }}
        />
      </div>
    </header>
  );
}

/** A waving figure in Stable-Pose's colours. */
function Mark() {
  return (
    <svg class="mark" viewBox="0 0 24 24" aria-hidden="true">
      <circle cx="12" cy="4.2" r="2.1" fill="#db5e56" />
      <path d="M12 9 6.5 12.5" stroke="#56d3db" />
      <path d="M12 9 16 8 18.5 3.5" stroke="#56a1db" />
      <path d="M12 9v6" stroke="#6f56db" />
      <path d="M12 15 9 21.5" stroke="#a056db" />
      <path d="m12 15 3.5 6.5" stroke="#db56b2" />
    </svg>
  );
}

function Side({ names, hasBar }: { readonly names: readonly PanelName[]; readonly hasBar: boolean }) {
  const studio = useStudio();
  const text = studio.text.value;
  const shown = names.includes(studio.panel.value) ? studio.panel.value : names[0];
  const Panel = panels[shown];
  const tabs = useRef<HTMLDivElement>(null);
  const count = studio.gallery.results.value.length;
  const go = (by: number) => {
    const next = names[(names.indexOf(shown) + by + names.length) % names.length];
    studio.panel.value = next;
    requestAnimationFrame(() => tabs.current?.querySelector<HTMLElement>('[aria-selected="true"]')?.focus());
  };
  return (
    <aside class="side right" aria-label={text.panelsLabel}>
      <div ref={tabs} class="tabs" role="tablist" aria-label={text.panelsLabel}>
        {names.map((name) => {
          const Icon = icons[name];
          return (
            <button
              key={name}
              id={`tab-${name}`}
              type="button"
              role="tab"
              aria-selected={name === shown}
              aria-controls="side-panel"
              tabIndex={name === shown ? 0 : -1}
              onClick={() => {
                studio.panel.value = name;
              }}
              onKeyDown={(event) => {
                if (event.key === 'ArrowRight') go(1);
                else if (event.key === 'ArrowLeft') go(-1);
              }}
            >
              <Icon size={16} aria-hidden="true" />
              <span>{text.panels[name]}</span>
              {name === 'results' && count > 0 && <span class="badge">{count}</span>}
            </button>
          );
        })}
      </div>
      <div id="side-panel" class="side-scroll" role="tabpanel" aria-labelledby={`tab-${shown}`} tabIndex={0}>
        <Panel />
      </div>
      {hasBar && <GenerateBar />}
    </aside>
  );
}

/** The clipboard by keys, while the focus is on the canvas and not in a field. */
function useClipboard(root: { readonly current: HTMLDivElement | null }, studio: Studio): void {
  useEffect(() => {
    const element = root.current!;
    const isOnCanvas = (event: Event) => (event.target as Element | null)?.closest?.('.canvas') != null;
    const copy = (event: ClipboardEvent) => {
      if (!isOnCanvas(event) || studio.editing.selection.peek().size === 0) return;
      event.clipboardData?.setData('text/plain', studio.editing.copied());
      event.preventDefault();
      if (event.type === 'cut') studio.editing.removePeople();
    };
    const paste = (event: ClipboardEvent) => {
      if (!isOnCanvas(event)) return;
      const [file] = event.clipboardData?.files ?? [];
      event.preventDefault();
      if (file) void studio.openFile(file, file.name);
      else {
        try {
          studio.tellPasted(studio.editing.paste(event.clipboardData?.getData('text/plain') ?? ''));
        } catch (error) {
          studio.notices.report(error);
        }
      }
    };
    element.addEventListener('copy', copy);
    element.addEventListener('cut', copy);
    element.addEventListener('paste', paste);
    return () => {
      element.removeEventListener('copy', copy);
      element.removeEventListener('cut', copy);
      element.removeEventListener('paste', paste);
    };
  }, [root, studio]);
}

/** The host's own colours in place of the panel's. */
function colourVariables(colours: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const names: Readonly<Record<string, string>> = {
    background: '--background',
    raised: '--raised',
    text: '--text',
    dimText: '--dim',
    border: '--border',
    accent: '--accent',
    onAccent: '--on-accent',
  };
  return Object.fromEntries(
    Object.entries(colours).flatMap(([name, value]) => (value && names[name] ? [[names[name], value]] : [])),
  );
}
