import type { TestPage } from './page.ts';

declare global {
  /** What `page.ts` puts there, in the tests' pages. */
  var page: TestPage;
}
