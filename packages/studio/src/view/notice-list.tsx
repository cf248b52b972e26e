import { CircleAlert, Copy, Info, TriangleAlert, X } from 'lucide-preact';
import { useState } from 'preact/hooks';
import type { Notice } from '../state/notices.ts';
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
  const [withPrompt, setWithPrompt] = useState(false);
  const [isCopied, setCopied] = useState(false);
  const Icon = icons[notice.kind];
  return (
    <div class={`notice ${notice.kind}`} role={notice.kind === 'error' ? 'alert' : undefined}>
      <Icon size={17} aria-hidden="true" />
      <div>
        <p>{notice.text}</p>
        {notice.error && (
          <div class="diagnostics">
            <button
              type="button"
              class="button quiet"
              onClick={() => {
                void navigator.clipboard
                  ?.writeText(studio.diagnostics(notice.error, withPrompt))
                  .then(() => setCopied(true))
                  .catch(() => studio.notices.say(text.noClipboard, 'warning'));
              }}
            >
              <Copy size={14} aria-hidden="true" />
              {isCopied ? text.copied : text.copyDiagnostics}
            </button>
            <label class="check">
              <input
                type="checkbox"
                checked={withPrompt}
                onChange={(event) => setWithPrompt(event.currentTarget.checked)}
              />
              {text.withPrompt}
            </label>
          </div>
        )}
      </div>
      <IconButton icon={X} label={text.dismiss} onClick={() => studio.notices.dismiss(notice.id)} />
    </div>
  );
}
