/** The files of a drop or of a picked folder: folders are walked, and of a folder only the model in it is taken. */

export interface PlacedFile {
  /** From the dropped or picked folder down, `gpt2/config.json`; just the name for single files. */
  path: string;
  file: File;
}

/** More than this is a home directory, not a model. */
const MOST = 2000;

/**
 * Every file of a drop, those of folders with their paths. Call it inside the drop event: the browser forgets the
 * drop right after. Throws an Error with a sentence for people where there are too many.
 */
export async function droppedFiles(transfer: DataTransfer): Promise<PlacedFile[]> {
  const items = [...transfer.items].filter(({ kind }) => kind === 'file');
  const entries = items.map((item) => item.webkitGetAsEntry());
  // What comes from another program, not from a folder, may be a file without an entry.
  const loose = items.flatMap((item, i) => (entries[i] ? [] : (item.getAsFile() ?? [])));
  return [...pickedFiles(loose), ...(await walk(entries.filter((entry) => entry !== null)))];
}

/** The files a folder picker or a file picker gave. */
export function pickedFiles(files: Iterable<File>): PlacedFile[] {
  return [...files].map((file) => ({ path: file.webkitRelativePath || file.name, file }));
}

/**
 * Of files in folders, those beside the topmost config.json: a snapshot may hold other formats in sub-folders.
 * Throws an Error with a sentence for people where several models lie side by side.
 */
export function filesOfOneModel(placed: readonly PlacedFile[]): File[] {
  const configs = placed.filter(({ file }) => file.name === 'config.json').map(({ path }) => folderOf(path));
  const top = Math.min(...configs.map(depthOf));
  const folders = configs.filter((folder) => depthOf(folder) === top);
  if (folders.length === 0) return placed.map(({ file }) => file);
  if (folders.length > 1) {
    throw new Error(
      `There is more than one model in there (${folders.slice(0, 3).join(', ')}). Take the folder of one.`,
    );
  }
  return placed.filter(({ path }) => folderOf(path) === folders[0]).map(({ file }) => file);
}

/** A whole model takes the place of what was there; a part of one joins it, by name. */
export function mergeFiles(before: readonly File[], taken: readonly File[]): File[] {
  const has = (end: string) => taken.some(({ name }) => name.endsWith(end));
  if (has('config.json') && has('.safetensors')) return [...taken];
  return [...before.filter(({ name }) => taken.every((file) => file.name !== name)), ...taken];
}

async function walk(roots: readonly FileSystemEntry[]): Promise<PlacedFile[]> {
  const found: PlacedFile[] = [];
  const waiting = [...roots];
  for (let entry = waiting.shift(); entry; entry = waiting.shift()) {
    if (entry.isDirectory) waiting.push(...(await childrenOf(entry as FileSystemDirectoryEntry)));
    else
      found.push({
        path: entry.fullPath.replace(/^\//, ''),
        file: await fileOf(entry as FileSystemFileEntry),
      });
    if (found.length + waiting.length > MOST) {
      throw new Error(`There are more than ${MOST} files in there. Take the folder of one model.`);
    }
  }
  return found;
}

/** A reader gives a hundred at a time, and none when it is through. */
async function childrenOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0 || all.length > MOST) return all;
    all.push(...some);
  }
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

function folderOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
}

function depthOf(folder: string): number {
  return folder === '' ? 0 : folder.split('/').length;
}
