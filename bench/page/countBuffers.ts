/** Every buffer that a device makes, counted, whoever asks for it. */

export interface Made {
  buffers: number;
}

export function countBuffers(device: GPUDevice): Made {
  const made = { buffers: 0 };
  const create = device.createBuffer.bind(device);
  device.createBuffer = (descriptor) => {
    made.buffers++;
    return create(descriptor);
  };
  return made;
}
