import {createHash} from 'node:crypto';
import {pageFile} from './page-files.js';
import type {PageData} from './report-data.js';

/**
 * The page of a report as one HTML text that needs nothing else: script, style sheet and data are in it, and its policy forbids it
 * the network.
 * @param isLive - whether the page asks the server that it came from for what is new
 */
export function reportHtml(data: PageData, {isLive = false}: {readonly isLive?: boolean} = {}): string {
  const [script, style] = [inScript(pageFile('script')), pageFile('style')];
  const policy = [
    "default-src 'none'",
    `script-src ${hashOf(script)}`,
    `style-src ${hashOf(style)}`,
    'img-src data: blob:',
    ...(isLive ? ["connect-src 'self'"] : []),
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return `<!doctype html>
<html lang="en"${isLive ? ' data-live' : ''}>
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escaped(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<link rel="icon" href="data:,">
<title>${escaped(data.title)}</title>
<style>${style}</style>
</head>
<body>
<header><span class="product">algoperf-ts</span></header>
<main><noscript><p>This report is drawn by its script, which is switched off here.</p></noscript></main>
<footer></footer>
<script type="application/json" id="data">${jsonInHtml(data)}</script>
<script>${script}</script>
</body>
</html>
`;
}

const hashOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** JSON that no text in it can end: `<` is written as an escape. */
function jsonInHtml(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}

/** A script that no string in it can end, or turn into a comment. */
function inScript(script: string): string {
  return script.replaceAll('</script', '<\\/script').replaceAll('<!--', '<\\!--');
}
