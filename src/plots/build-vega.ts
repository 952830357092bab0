import {fileURLToPath} from 'node:url';
import {build} from 'esbuild';
import {appendLicences} from '../support/index.js';

const file = fileURLToPath(new URL('./vega.js', import.meta.url));

/** Bundles what draws charts: a part of `npm run build`. */
const {metafile} = await build({
  entryPoints: [file],
  outfile: file,
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
  metafile: true,
});
appendLicences(file, metafile);
