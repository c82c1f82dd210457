/** The second engine, to be imported lazily by those who compose the app: nothing of ONNX Runtime is in the first download. */

export { ORT_FILES } from './files.ts';
export { defaultThreads, openOrt } from './openOrt.ts';
export { OrtModel } from './ortModel.ts';
