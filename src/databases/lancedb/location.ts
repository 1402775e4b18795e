// Where the tables of one skill lie: a folder, or a prefix in object storage.

import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

export interface LanceLocation {
  /** A path, a `file:` URL, or what LanceDB knows beside those: `s3://`, `gs://`, `az://`. */
  readonly uri: string;
  /** Credentials and the like of object storage, as LanceDB names them. */
  readonly storageOptions?: { readonly [name: string]: string };
}

/** The folder of a location in the file system; undefined for object storage. */
export function folderOf(uri: string): string | undefined {
  // LanceDB takes the characters of a file URL as they are and so makes folders with `%20` in their names.
  if (/^file:/i.test(uri)) return fileURLToPath(uri);
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(uri) ? undefined : resolve(uri);
}
