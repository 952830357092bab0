// GPT-2's tokens of some texts by js-tiktoken, another tokenizer than this tool's.
//
// Run in a folder with it: npm install js-tiktoken@1.0.21 && cp <this file> . && node gpt2_tokens.mjs > gpt2_tokens.json
import {Tiktoken} from 'js-tiktoken/lite';
import gpt2 from 'js-tiktoken/ranks/gpt2';

const texts = [
  'Hello, world!',
  "It's 1961; we'll see what they've said, won't we?",
  'two  spaces,   three,\ttab\r\nCRLF\n\n\nlines   \n end   ',
  'naïve façade – “quoted” … 100 €',
  'Привет, мир! 你好，世界。 こんにちは',
  '🙂👩‍👩‍👧 e\u0301 \u00a0nbsp \ufffd',
  '<|endoftext|> is text',
  'function f(x) { return x ** 2; } // 0x7feb352d',
  'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 1234567890123456789012345678901234567890',
  ' leading space',
  '\n',
];
const encoding = new Tiktoken(gpt2);
const cases = texts.map((text) => ({text, tokens: encoding.encode(text, [], [])}));
console.log(JSON.stringify({madeBy: 'js-tiktoken 1.0.21', cases}));
