/**
 * What draws charts. The build makes one file of it: to load its 270 modules one by one takes a fifth of a run of a few steps.
 */
export {parse, resetSVGDefIds, View} from 'vega';
export {compile} from 'vega-lite';
