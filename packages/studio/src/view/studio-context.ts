import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Studio } from '../state/studio.ts';

export const StudioContext = createContext<Studio | undefined>(undefined);

export function useStudio(): Studio {
  const studio = useContext(StudioContext);
  if (!studio) throw new TypeError('A view of the studio stands outside of it.');
  return studio;
}
