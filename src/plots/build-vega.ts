import {fileURLToPath} from 'node:url';
import {build} from 'esbuild';

/** Bundles what draws charts: a part of `npm run build`. */
await build({
  entryPoints: [fileURLToPath(new URL('./vega.js', import.meta.url))],
  outfile: fileURLToPath(new URL('./vega.js', import.meta.url)),
  allowOverwrite: true,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  charset: 'utf8',
  legalComments: 'eof',
  // It has a native part, which differs by system.
  external: ['canvas'],
  logLevel: 'warning',
});
