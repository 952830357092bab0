export {tokenBatch} from './batch.js';
export {type Decoder, type DecoderOptions, decoder} from './decoder.js';
export {type TokenFile, tokenSource} from './token-file.js';
export {type LanguageModelOptions, languageModel, type Tokenizer} from './workload.js';
