import { CircleAlert, Info, RotateCw, TriangleAlert, X } from 'lucide-preact';
import type { Notice } from '../state/notices.ts';
import { DiagnosticsRow } from './diagnostics-row.tsx';
import { ErrorWords } from './error-words.tsx';
import { IconButton } from './icon-button.tsx';
import { useStudio } from './studio-context.ts';

const icons = { info: Info, warning: TriangleAlert, error: CircleAlert } as const;

export function NoticeList() {
  const { notices } = useStudio();
  return (
    <div class="notices" aria-live="polite">
      {notices.list.value.map((notice) => (
        <NoticeCard key={notice.id} notice={notice} />
      ))}
    </div>
  );
}

function NoticeCard({ notice }: { readonly notice: Notice }) {
  const studio = useStudio();
  const text = studio.text.value;
  const Icon = icons[notice.kind];
  return (
    <div class={`notice ${notice.kind}`} role={notice.kind === 'error' ? 'alert' : undefined}>
      <Icon size={17} aria-hidden="true" />
      <div>
        <p>{notice.error ? <ErrorWords error={notice.error} /> : notice.text}</p>
        {notice.again && (
          <button
            type="button"
            class="button"
            onClick={() => {
              studio.notices.dismiss(notice.id);
              notice.again?.();
            }}
          >
            <RotateCw size={15} aria-hidden="true" />
            {text.engines.askAgain}
          </button>
        )}
        {notice.error && <DiagnosticsRow error={notice.error} />}
      </div>
      <IconButton icon={X} label={text.dismiss} onClick={() => studio.notices.dismiss(notice.id)} />
    </div>
  );
}
