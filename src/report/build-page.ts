import {join} from 'node:path';
import {build} from 'esbuild';
import {appendLicences} from '../support/index.js';
import {PAGE_FILES, packageRoot, pageFolder} from './page-files.js';

/**
 * Bundles the page's script and style sheet to `dist/page`: a part of `npm run build`, so that a report needs neither a bundler nor
 * the packages that draw in it.
 */
const {metafile} = await build({
  entryPoints: [
    {in: join(packageRoot, 'src/report/page/main.ts'), out: 'page'},
    {in: join(packageRoot, 'src/report/page/page.css'), out: 'page'},
  ],
  outdir: pageFolder,
  bundle: true,
  minify: true,
  format: 'iife',
  target: ['es2022'],
  charset: 'utf8',
  legalComments: 'none',
  // The page uses those parts of src/plots that are numbers and texts alone: what reads files falls away.
  external: ['node:*', 'canvas', 'module'],
  logOverride: {'empty-import-meta': 'silent'},
  logLevel: 'warning',
  metafile: true,
});
appendLicences(join(pageFolder, PAGE_FILES.script), metafile);
