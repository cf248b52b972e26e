import type { StablePoseError } from '@stable-pose/core';
import { useStudio } from './studio-context.ts';

/** What went wrong and what to do, in the panel's language; errors speak English, and say the details in it. */
export function ErrorWords({ error }: { readonly error: StablePoseError }) {
  const { errors } = useStudio().text.value;
  if (!errors) return <>{error.message}</>;
  return (
    <>
      {errors[error.code]}{' '}
      <span class="original" lang="en">
        {error.message}
      </span>
    </>
  );
}
