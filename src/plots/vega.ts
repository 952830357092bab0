/**
 * What draws charts. The build makes one file of it: to load the 250 of its packages one by one takes longer than to draw a chart.
 */
export {parse, resetSVGDefIds, View} from 'vega';
export {compile} from 'vega-lite';
