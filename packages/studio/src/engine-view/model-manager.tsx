import { useSignal } from '@preact/signals';
import type { ExplainedFiles, ModelStore, StoredModel } from '@stable-pose/sdk';
import { Download, FolderOpen, Pause, Play, Trash2, X } from 'lucide-preact';
import { useEffect, useId, useMemo } from 'preact/hooks';
import { keyOf, type Models, modelsOf, type Pull, referenceOf } from '../state/models.ts';
import { ErrorWords } from '../view/error-words.tsx';
import { IconButton } from '../view/icon-button.tsx';
import { useStudio } from '../view/studio-context.ts';

/** The models that this engine has: sizes, licences, downloads, files of one's own, room. */
export function ModelManager({ store }: { readonly store: ModelStore }) {
  const studio = useStudio();
  const words = studio.text.value.models;
  const models = useMemo(() => modelsOf(store, () => studio.engines.refresh()), [store, studio]);
  useEffect(() => {
    models.refresh().catch((error) => studio.notices.report(error));
  }, [models, studio]);
  const state = studio.engineState.value;
  const open = state.kind === 'ready' ? state.models : [];
  const stored = models.list.value;
  const built = open.filter(({ id }) => !stored.some((one) => one.id === id));
  const usage = models.usage.value;
  const inUse = studio.model.value?.id;
  return (
    <div class="models">
      <h2>{words.title}</h2>
      <ul class="model-list">
        {built.map(({ id, config, bytes }) => (
          <li key={id}>
            <ModelWords
              name={config.name}
              facts={[words.builtIn, bytes ? words.size(bytes) : '', words.licence(config.licence)]}
            />
            <UseButton id={id} inUse={inUse} count={open.length} />
          </li>
        ))}
        {stored.map((model) => {
          const config = open.find(({ id }) => id === model.id)?.config;
          const fitting = open.flatMap(
            ({ adapters }) => adapters.find(({ name }) => name === model.id) ?? [],
          );
          const licence = config?.licence ?? fitting[0]?.config.licence ?? model.licence;
          const size = model.isComplete
            ? words.size(model.bytes)
            : words.partly(model.bytes, model.totalBytes);
          const pull = model.source && models.pulls.value.find(({ key }) => key === keyOf(model.source!));
          return (
            <li key={model.id}>
              <ModelWords
                name={model.name}
                facts={[
                  model.kind === 'adapter' ? words.adapter : '',
                  size,
                  licence ? words.licence(licence) : words.licenceUnknown,
                ]}
              />
              <div class="model-buttons">
                {!model.isComplete && !pull && model.source && (
                  <button type="button" class="button quiet" onClick={() => void models.pull(model.source!)}>
                    <Play size={14} aria-hidden="true" />
                    {words.resume}
                  </button>
                )}
                {config && <UseButton id={model.id} inUse={inUse} count={open.length} />}
                <DeleteButton model={model} models={models} />
              </div>
            </li>
          );
        })}
      </ul>
      {models.pulls.value.map((pull) => (
        <PullRow key={pull.key} pull={pull} models={models} />
      ))}
      {usage && (
        <p class="dim">
          {words.usage(usage.usedBytes, usage.availableBytes)}
          {(store as { kind?: string }).kind === 'memory' && ` ${words.inMemory}`}
        </p>
      )}
      <FetchFields models={models} />
      {store.explain && <OwnFiles models={models} explain={store.explain.bind(store)} />}
    </div>
  );
}

function ModelWords({ name, facts }: { readonly name: string; readonly facts: readonly string[] }) {
  return (
    <div>
      <b>{name}</b>
      <span class="dim">{facts.filter(Boolean).join(' · ')}</span>
    </div>
  );
}

function UseButton(props: {
  readonly id: string;
  readonly inUse: string | undefined;
  readonly count: number;
}) {
  const { id, inUse, count } = props;
  const studio = useStudio();
  const words = studio.text.value.models;
  if (count < 2) return null;
  return (
    <button
      type="button"
      class="button quiet"
      aria-pressed={id === inUse}
      onClick={() => studio.change({ model: id })}
    >
      {id === inUse ? words.inUse : words.use}
    </button>
  );
}

/** Asks once more, in place: a model may be an hour of download. */
function DeleteButton({ model, models }: { readonly model: StoredModel; readonly models: Models }) {
  const studio = useStudio();
  const words = studio.text.value.models;
  const isAsking = useSignal(false);
  if (!isAsking.value) {
    return (
      <IconButton
        icon={Trash2}
        label={words.remove(model.name)}
        isDanger
        onClick={() => {
          isAsking.value = true;
        }}
      />
    );
  }
  return (
    <>
      <button
        type="button"
        class="button quiet danger"
        onClick={() => {
          models.remove(model).catch((error) => studio.notices.report(error));
        }}
      >
        {words.removeReally(model.bytes)}
      </button>
      <IconButton
        icon={X}
        label={words.keep}
        onClick={() => {
          isAsking.value = false;
        }}
      />
    </>
  );
}

function PullRow({ pull, models }: { readonly pull: Pull; readonly models: Models }) {
  const words = useStudio().text.value.models;
  const { progress, isPaused, error, title } = pull;
  const share = progress?.totalBytes ? progress.bytes / progress.totalBytes : undefined;
  return (
    <div class="pull">
      <div>
        <b>{title}</b>
        <span class="dim" aria-live="polite">
          {isPaused && !error ? words.paused : progress ? words.progress(progress) : words.beginning}
        </span>
        {error && (
          <span class="trouble" role="alert">
            <ErrorWords error={error} />
          </span>
        )}
      </div>
      <div class="model-buttons">
        {isPaused ? (
          <IconButton icon={Play} label={words.resume} onClick={() => void models.pull(pull.source)} />
        ) : (
          <IconButton icon={Pause} label={words.pause} onClick={() => models.pause(pull.key)} />
        )}
        <IconButton icon={X} label={words.dismiss} onClick={() => models.forget(pull.key)} />
      </div>
      <progress max={1} value={share} aria-label={title} />
    </div>
  );
}

function FetchFields({ models }: { readonly models: Models }) {
  const studio = useStudio();
  const words = studio.text.value.models;
  const address = useSignal('');
  const hash = useSignal('');
  const id = useId();
  const isAddress = address.value.includes('://');
  const fetchIt = () => {
    try {
      const source = referenceOf(address.peek(), isAddress ? hash.peek() : undefined);
      address.value = '';
      hash.value = '';
      void models.pull(source);
    } catch (error) {
      studio.notices.report(error);
    }
  };
  return (
    <>
      <div class="field">
        <label for={id}>{words.from}</label>
        <input
          id={id}
          spellcheck={false}
          placeholder={words.fromExample}
          value={address.value}
          onInput={(event) => {
            address.value = event.currentTarget.value;
          }}
          onKeyDown={(event) => event.key === 'Enter' && address.peek().trim() && fetchIt()}
        />
      </div>
      {isAddress && (
        <div class="field">
          <label for={`${id}-hash`}>{words.hash}</label>
          <input
            id={`${id}-hash`}
            spellcheck={false}
            value={hash.value}
            onInput={(event) => {
              hash.value = event.currentTarget.value;
            }}
          />
        </div>
      )}
      <button type="button" class="button" disabled={address.value.trim() === ''} onClick={fetchIt}>
        <Download size={15} aria-hidden="true" />
        {words.fetch}
      </button>
    </>
  );
}

/** Files are looked at before they are kept, and what they are is said. */
function OwnFiles(props: {
  readonly models: Models;
  readonly explain: (files: readonly File[]) => Promise<ExplainedFiles>;
}) {
  const { models, explain } = props;
  const studio = useStudio();
  const words = studio.text.value.models;
  const given = useSignal<readonly File[]>([]);
  const found = useSignal<ExplainedFiles | undefined>(undefined);
  const isLooking = useSignal(false);
  const isOver = useSignal(false);
  const look = async (files: readonly File[]) => {
    if (files.length === 0) return;
    given.value = files;
    found.value = undefined;
    isLooking.value = true;
    try {
      found.value = await explain(files);
    } catch (error) {
      studio.notices.report(error);
    }
    isLooking.value = false;
  };
  const choose = () => {
    const input = document.createElement('input');
    input.type = 'file';
    input.multiple = true;
    input.addEventListener('change', () => void look([...(input.files ?? [])]));
    input.click();
  };
  return (
    <div
      class={isOver.value ? 'own-files over' : 'own-files'}
      onDragOver={(event) => {
        event.preventDefault();
        event.stopPropagation();
        isOver.value = true;
      }}
      onDragLeave={() => {
        isOver.value = false;
      }}
      onDrop={(event) => {
        event.preventDefault();
        event.stopPropagation();
        isOver.value = false;
        void look([...(event.dataTransfer?.files ?? [])]);
      }}
    >
      <p>{words.ownFiles}</p>
      <button type="button" class="button" onClick={choose}>
        <FolderOpen size={15} aria-hidden="true" />
        {words.chooseFiles}
      </button>
      <div role="status">
        {isLooking.value && <p>{words.looking}</p>}
        {found.value && (
          <>
            <p>
              <b>{words.explained(found.value)}</b>
            </p>
            {found.value.notes.map((note) => (
              <p key={note} class={found.value?.kind === 'neither' ? 'trouble' : 'dim'}>
                {note}
              </p>
            ))}
          </>
        )}
      </div>
      {found.value && found.value.kind !== 'neither' && (
        <button
          type="button"
          class="button"
          onClick={() => {
            const files = given.peek();
            given.value = [];
            found.value = undefined;
            void models.pull({ from: 'files', files });
          }}
        >
          {words.keepHere(found.value.bytes)}
        </button>
      )}
    </div>
  );
}
