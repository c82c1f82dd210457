/** The field for a model’s files in a real browser, where a folder takes longer to walk than a hand to pick. */

import { useState } from 'react';
import { expect, test, vi } from 'vitest';
import { render } from 'vitest-browser-react';
import { later } from '../state/fakeNormless.suite.ts';
import { FileField } from './FileField.tsx';

const walked = vi.hoisted(() => ({ free: Promise.resolve() }));
vi.mock('./droppedFiles.ts', async (original) => {
  const real = await original<typeof import('./droppedFiles.ts')>();
  return { ...real, droppedFiles: () => walked.free.then(() => [placed('model.safetensors')]) };
});

function placed(name: string) {
  return { path: name, file: new File(['x'], name) };
}

function Field() {
  const [files, setFiles] = useState<File[]>([]);
  return <FileField label="Files of model 1" files={files} onFiles={setFiles} onRefuse={() => {}} />;
}

test('files picked while a drop is still read stay beside what was dropped', async () => {
  const release = later();
  walked.free = release.promise;
  const screen = await render(<Field />);
  const field = screen.getByRole('group', { name: 'Files of model 1' });
  field.element().dispatchEvent(new DragEvent('drop', { bubbles: true, dataTransfer: new DataTransfer() }));
  const input = field.element().querySelector<HTMLInputElement>('input[type=file]');
  const picked = new DataTransfer();
  picked.items.add(placed('config.json').file);
  if (input) input.files = picked.files;
  input?.dispatchEvent(new Event('change', { bubbles: true }));
  await expect.element(field).toHaveTextContent('✓ config.json');
  release.resolve();
  await expect.element(field).toHaveTextContent('✓ model.safetensors');
  await expect.element(field).toHaveTextContent('✓ config.json');
});
