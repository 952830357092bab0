export {type AttentionOptions, attention, causalMask} from './attention.js';
export * from './backends.js';
export {
  type BatchNormOptions,
  type BatchNormParams,
  type BatchNormResult,
  type BatchNormState,
  batchNorm,
} from './batch-norm.js';
export * from './compile.js';
export {composite} from './composite.js';
export * from './composite-call.js';
export {isPlainTensor} from './disturbed.js';
export {fused} from './fused.js';
export * from './gradients.js';
export {type GruOptions, type GruParams, type GruResult, gru} from './gru.js';
export {arrayProblem, isComputed, requireFieldValues, requireValues} from './host-arrays.js';
export {dropout, foldIn, keyedUniform} from './keyed-random.js';
export * from './layers.js';
export {embed, embedLogits, glu, type LinearOptions, linear} from './linear.js';
export {recordTensors, type TensorRecord, tensorCount} from './live-tensors.js';
export {lockOperations} from './lock-library.js';
export {type LstmOptions, type LstmParams, type LstmResult, lstm} from './lstm.js';
export {type LayerNormParams, layerNorm, type NormOptions, type RmsNormParams, rmsNorm} from './normalisation.js';
export {orthonormal} from './orthonormal.js';
export {compileEager} from './program.js';
export * from './random.js';
export {type RotaryOptions, rotary} from './rotary.js';
export {copyRows, rowTaker} from './rows.js';
export {type Carry, type ScanOptions, type ScanResult, type ScanStep, scan} from './scan.js';
export {section} from './sections.js';
export * from './segments.js';
export {alignedBytes, alignedFloat32Array} from './tensorflow/aligned.js';
export {checkAddon} from './tensorflow/check-addon.js';
export {requireThreadCounts} from './tensorflow/threads.js';
export {tf} from './tf.js';
export {callApart, watchEngine, watchLibrary} from './watch.js';
