import { controlsCss } from './controls-css.ts';
import { layoutCss } from './layout-css.ts';
import { partsCss } from './parts-css.ts';
import { tokensCss } from './tokens-css.ts';

/** The panel's whole style sheet, for a shadow root. */
export const studioCss = [tokensCss, layoutCss, controlsCss, partsCss].join('');
