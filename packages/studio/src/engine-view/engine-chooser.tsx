import { useSignal } from '@preact/signals';
import { StablePoseError } from '@stable-pose/core';
import { Check, Copy, RotateCw, Unplug } from 'lucide-preact';
import { useEffect, useId } from 'preact/hooks';
import { type DeviceFacts, readDeviceFacts } from '../engines/device-facts.ts';
import { serveCommand } from '../engines/find-servers.ts';
import { engineWays } from '../state/engines.ts';
import { EngineWords } from '../view/engine-words.tsx';
import { ErrorWords } from '../view/error-words.tsx';
import { useStudio } from '../view/studio-context.ts';
import { ModelManager } from './model-manager.tsx';

/** The ways in which pictures can be made, and what it takes to take one. */
export function EngineChooser() {
  const studio = useStudio();
  const { engines } = studio;
  const words = studio.text.value.engines;
  const shown = studio.lookedAtWay;
  const ways = engineWays.filter((way) => way !== 'own' || engines.hasOwn);
  return (
    <div class="chooser">
      <div class="segmented" role="group" aria-label={words.ways}>
        {ways.map((way) => (
          <button
            key={way}
            type="button"
            aria-pressed={shown.value === way}
            onClick={() => {
              shown.value = way;
              if (way === 'own' || engines.paired.peek()[way]) void engines.choose(way);
            }}
          >
            {words.wayNames[way]}
          </button>
        ))}
      </div>
      {shown.value === 'own' && <OwnWay />}
      {shown.value === 'server' && <ServerWay />}
      {shown.value === 'remote' && <RemoteWay />}
      {shown.value === engines.way.value && <ModelsOf />}
    </div>
  );
}

/** Where the engine keeps models for people, they are changed here; else what there is is shown. */
function ModelsOf() {
  const { engineState, text } = useStudio();
  const words = text.value.models;
  const state = engineState.value;
  if (state.kind !== 'ready') return null;
  if (state.engine.store) return <ModelManager store={state.engine.store} />;
  return (
    <div class="models">
      <h2>{words.title}</h2>
      <ul class="model-list">
        {state.models.map(({ id, config, bytes }) => (
          <li key={id}>
            <div>
              <b>{config.name}</b>
              <span class="dim">
                {[bytes ? words.size(bytes) : '', words.licence(config.licence)].filter(Boolean).join(' · ')}
              </span>
            </div>
          </li>
        ))}
      </ul>
      {state.description.kind === 'remote' && <p class="dim">{words.atServer}</p>}
    </div>
  );
}

/** What was found of this device, and what would make it faster. */
function OwnWay() {
  const studio = useStudio();
  const words = studio.text.value.engines;
  const facts = useSignal<DeviceFacts | undefined>(undefined);
  useEffect(() => {
    void readDeviceFacts().then((found) => {
      facts.value = found;
    });
  }, [facts]);
  const state = studio.engineState.value;
  const own = state.kind === 'ready' && studio.engines.way.value === 'own' ? state.description : undefined;
  // Of this page's device is said only where it makes the pictures.
  const isPage = own === undefined || (own.place === 'this-device' && !['node', 'remote'].includes(own.kind));
  if (!facts.value) return null;
  const faster = isPage ? words.faster(facts.value) : [];
  return (
    <>
      <h2>{words.found}</h2>
      <ul>
        {isPage && words.facts(facts.value).map((sentence) => <li key={sentence}>{sentence}</li>)}
        {own?.advice.map((sentence) => (
          <li key={sentence}>
            <EngineWords words={sentence} />
          </li>
        ))}
      </ul>
      <h2>{words.fasterTitle}</h2>
      <ul>
        {[...faster, words.serverIsFaster, words.lessIsFaster].map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
    </>
  );
}

function ServerWay() {
  const { engines, text } = useStudio();
  const words = text.value.engines;
  const { isLooking, found } = engines.search.value;
  const paired = engines.paired.value.server;
  useEffect(() => {
    if (!engines.paired.peek().server) void engines.look();
  }, [engines]);
  if (paired) return <Paired way="server" />;
  const open = found?.filter(({ isShy }) => !isShy) ?? [];
  return (
    <>
      <p role="status">
        {isLooking || !found
          ? words.looking
          : open.length > 0
            ? words.serverFound(open.map(({ url }) => url))
            : found.length > 0
              ? words.serverShy
              : words.serverMissing}
      </p>
      {open.length === 0 && found && <Command />}
      <TokenForm
        hint={words.tokenHint}
        onPair={(token) => engines.pairHere(token)}
        more={
          <button type="button" class="button" disabled={isLooking} onClick={() => void engines.look()}>
            <RotateCw size={15} aria-hidden="true" />
            {words.lookAgain}
          </button>
        }
      />
    </>
  );
}

function RemoteWay() {
  const { engines, text } = useStudio();
  const words = text.value.engines;
  const address = useSignal(engines.remoteUrl.peek());
  const id = useId();
  if (engines.paired.value.remote) return <Paired way="remote" />;
  return (
    <>
      <p>{words.remoteWhat}</p>
      <div class="field">
        <label for={id}>{words.address}</label>
        <input
          id={id}
          type="url"
          spellcheck={false}
          placeholder="https://poses.example.org"
          value={address.value}
          onInput={(event) => {
            address.value = event.currentTarget.value;
          }}
        />
      </div>
      <TokenForm
        hint={words.remoteTokenHint}
        isReady={address.value.trim() !== ''}
        onPair={(token) => engines.pair('remote', { url: address.peek(), token })}
      />
    </>
  );
}

/** The line that starts a server for this page. */
function Command() {
  const { text, copy } = useStudio();
  const words = text.value.engines;
  const command = serveCommand();
  return (
    <div class="command">
      <code>{command}</code>
      <button type="button" class="button quiet" onClick={() => void copy(command)}>
        <Copy size={14} aria-hidden="true" />
        {words.copyCommand}
      </button>
    </div>
  );
}

interface TokenFormProps {
  readonly hint: string;
  readonly isReady?: boolean;
  readonly onPair: (token: string) => Promise<void>;
  readonly more?: preact.ComponentChildren;
}

function TokenForm({ hint, isReady = true, onPair, more }: TokenFormProps) {
  const { text } = useStudio();
  const words = text.value.engines;
  const id = useId();
  const token = useSignal('');
  const isTrying = useSignal(false);
  const trouble = useSignal<StablePoseError | undefined>(undefined);
  const pair = async () => {
    isTrying.value = true;
    trouble.value = undefined;
    try {
      await onPair(token.peek());
    } catch (error) {
      trouble.value = StablePoseError.from(error);
    }
    isTrying.value = false;
  };
  // No form: frames of plug-ins may not send any.
  const canPair = !isTrying.value && isReady && token.value.trim() !== '';
  return (
    <div class="pairing" role="group" aria-label={words.connect}>
      <div class="field">
        <label for={id}>{words.token}</label>
        <input
          id={id}
          type="password"
          autocomplete="off"
          spellcheck={false}
          placeholder="sp_…"
          value={token.value}
          aria-describedby={`${id}-hint`}
          onInput={(event) => {
            token.value = event.currentTarget.value;
          }}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && canPair) void pair();
          }}
        />
        <p id={`${id}-hint`} class="dim">
          {hint}
        </p>
      </div>
      {trouble.value && (
        <p class="trouble" role="alert">
          <ErrorWords error={trouble.value} />
        </p>
      )}
      <div class="row files">
        {more}
        <button type="button" class="button" disabled={!canPair} onClick={() => void pair()}>
          {isTrying.value ? words.connecting : words.connect}
        </button>
      </div>
    </div>
  );
}

function Paired({ way }: { readonly way: 'server' | 'remote' }) {
  const { engines, engineState, text } = useStudio();
  const words = text.value.engines;
  const paired = engines.paired.value[way];
  const isInUse = engines.way.value === way && engineState.value.kind === 'ready';
  return (
    <>
      <p class="paired">
        {isInUse && <Check size={15} aria-hidden="true" />}
        <span>{isInUse ? words.connected(paired?.url ?? '') : words.pairedWith(paired?.url ?? '')}</span>
      </p>
      <button type="button" class="button" onClick={() => void engines.forget(way)}>
        <Unplug size={15} aria-hidden="true" />
        {words.forget}
      </button>
    </>
  );
}
