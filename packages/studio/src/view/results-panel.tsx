import type { PoseScore } from '@stable-pose/core';
import {
  Archive,
  Columns2,
  Download,
  Frame,
  GalleryHorizontal,
  ScanEye,
  Trash2,
  TriangleAlert,
} from 'lucide-preact';
import type { Result } from '../state/gallery.ts';
import { IconButton } from './icon-button.tsx';
import { useStudio } from './studio-context.ts';

/** Pictures that were made, newest first. */
export function ResultsPanel() {
  const studio = useStudio();
  const text = studio.text.value;
  const results = studio.gallery.results.value;
  if (results.length === 0) return <p class="empty">{text.noResults}</p>;
  const compared = results.filter(({ id }) => studio.comparedIds.value.includes(id));
  return (
    <div class="panel-body">
      {compared.length === 1 && <p class="hint-line">{text.compareWith}</p>}
      <ul class="results">
        {results.map((result) => (
          <ResultCard key={result.id} result={result} />
        ))}
      </ul>
      {studio.host.info.capabilities.poses === 'place' && (
        <label class="check">
          <input
            type="checkbox"
            checked={studio.preferences.value.leavesSkeleton ?? false}
            onChange={(event) => {
              studio.preferences.value = {
                ...studio.preferences.peek(),
                leavesSkeleton: event.currentTarget.checked,
              };
            }}
          />
          {text.leaveSkeleton}
        </label>
      )}
      {studio.host.info.capabilities.files !== 'none' && (
        <button type="button" class="button" onClick={() => void studio.exportResults()}>
          <Archive size={15} aria-hidden="true" />
          {text.saveAll}
        </button>
      )}
      <p class="hint-line dim">
        {studio.host.storage.blobs.place === 'memory' ? text.resultsForNow : text.resultsKept}
      </p>
    </div>
  );
}

function ResultCard({ result }: { readonly result: Result }) {
  const studio = useStudio();
  const text = studio.text.value;
  const isShown = studio.shownResultId.value === result.id;
  const isCompared = studio.comparedIds.value.includes(result.id);
  const { poseScore, score, warnings, seed, request } = result;
  const percent = poseScore === undefined ? undefined : `${Math.round(poseScore * 100)} %`;
  const state = studio.engineState.value;
  const canCutOut = state.kind === 'ready' && state.description.can.matte;
  const { files, metadata } = studio.host.info.capabilities;
  // A page without a document places by saving, and has a button for that already.
  const variants = studio.variantsOf(result);
  const canPlace = metadata || studio.hostSelection.value?.area !== undefined;
  return (
    <li class={isShown ? 'result shown' : 'result'}>
      <button
        type="button"
        class="result-picture"
        aria-pressed={isShown}
        aria-label={[text.showPicture(request.prompt ?? '', seed), percent].filter(Boolean).join(', ')}
        data-cut-out={result.isCutOut}
        style={{ '--shape': result.width / result.height }}
        onClick={() => {
          studio.showResult(isShown ? undefined : result.id);
        }}
      >
        <img src={result.url} alt="" loading="lazy" />
        {percent && (
          <span class="score" title={text.poseScoreIs}>
            {percent}
          </span>
        )}
      </button>
      <div class="result-facts">
        <p class="result-words" title={request.prompt}>
          {request.prompt || text.noPrompt} <span class="dim">· {seed}</span>
        </p>
        {score && isShown && studio.showsFound.value && <FoundWords score={score} />}
        {warnings.map((warning) => (
          <p key={warning} class="warning-line">
            <TriangleAlert size={13} aria-hidden="true" /> {warning}
          </p>
        ))}
        <div class="tool-group">
          {canPlace && (
            <IconButton
              icon={Frame}
              label={text.placeInto(studio.host.info.name)}
              onClick={() => void studio.place([result])}
            />
          )}
          {canPlace && variants.length > 1 && (
            <IconButton
              icon={GalleryHorizontal}
              label={text.placeVariants(variants.length, studio.host.info.name)}
              onClick={() => void studio.place(variants)}
            />
          )}
          {files !== 'none' && (
            <IconButton
              icon={Download}
              label={text.savePicture}
              onClick={() => void studio.savePicture(result)}
            />
          )}
          {score && (
            <IconButton
              icon={ScanEye}
              label={text.showFound}
              isPressed={isShown && studio.showsFound.value}
              onClick={() => studio.showFound(result.id)}
            />
          )}
          <IconButton
            icon={Columns2}
            label={text.compare}
            isPressed={isCompared}
            onClick={() => {
              const ids = studio.comparedIds.peek();
              studio.comparedIds.value = isCompared
                ? ids.filter((id) => id !== result.id)
                : [...ids, result.id].slice(-2);
            }}
          />
          <IconButton
            icon={Trash2}
            label={text.deletePicture}
            isDanger
            onClick={() => studio.remove(result)}
          />
        </div>
        <div class="chips" role="group" aria-label={text.goOnWith}>
          {(request.poses?.length ?? 0) > 0 && !result.isCutOut && (
            <button
              type="button"
              class="chip"
              title={text.reposeIs}
              aria-pressed={studio.reposedId.value === result.id}
              onClick={() => studio.repose(result)}
            >
              {text.repose}
            </button>
          )}
          {canCutOut && !result.isCutOut && (
            <button type="button" class="chip" onClick={() => studio.cutOut(result)}>
              {text.cutOut}
            </button>
          )}
          <button type="button" class="chip" onClick={() => void studio.startFromResult(result)}>
            {text.drawFromIt}
          </button>
        </div>
        <div class="chips again" role="group" aria-label={text.useAgain}>
          <span class="dim">{text.useAgain}</span>
          <button
            type="button"
            class="chip"
            aria-label={text.useRequest}
            title={text.useRequest}
            onClick={() => studio.useRequest(result)}
          >
            {text.again.request}
          </button>
          <button
            type="button"
            class="chip"
            aria-label={text.usePose}
            title={text.usePose}
            onClick={() => studio.usePose(result)}
          >
            {text.again.pose}
          </button>
          <button
            type="button"
            class="chip"
            aria-label={text.useSeed}
            title={text.useSeed}
            onClick={() => studio.useSeed(result)}
          >
            {text.again.seed}
          </button>
        </div>
      </div>
    </li>
  );
}

/** In words what the found skeletons show. */
function FoundWords({ score }: { readonly score: PoseScore }) {
  const text = useStudio().text.value;
  return (
    <ul class="found-words">
      {score.people.map(({ person, similarity, found, limbsOff }) => (
        <li key={person}>
          <b>{text.person(person + 1)}</b>{' '}
          {found
            ? text.foundAs(
                Math.round(similarity * 100),
                limbsOff.map(({ limb }) => limb),
              )
            : text.notFound}
        </li>
      ))}
    </ul>
  );
}
