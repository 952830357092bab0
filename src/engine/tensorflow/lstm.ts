import type * as TF from '@tensorflow/tfjs-core';
import {lstmInputs, RECURRENT_LSTM, RECURRENT_LSTM_GRADIENT, registerLstmGradient} from '../lstm.js';
import {tf} from '../tf.js';
import type {TensorflowBackend} from './binding.js';

type Call = Parameters<TF.KernelFunc>[0];

const outputs = {[RECURRENT_LSTM]: 5, [RECURRENT_LSTM_GRADIENT]: 3};

/** The recurrent part of a layer of LSTM as operations of the addon's. */
export function addLstm(): void {
  for (const [kernelName, count] of Object.entries(outputs)) {
    const kernelFunc = (call: Call): TF.TensorInfo[] => {
      const backend = call.backend as unknown as TensorflowBackend;
      const ids = backend.getInputTensorIds(lstmInputs[kernelName]!.map((input) => call.inputs[input]!));
      return backend.binding.executeOp(kernelName, [], ids, count).map((info) => backend.createOutputTensor(info));
    };
    tf.registerKernel({kernelName, backendName: 'tensorflow', kernelFunc});
  }
  registerLstmGradient();
}
