import type { FileObject } from '../../shared/file.ts';
import type { Place, StoredDocument } from '../store/storage.ts';
import type { PiecesPlace } from './pieces.ts';

/** A file as it is kept, without what is in it. */
export interface KeptFile {
  file: FileObject;
  /** Names its pieces. */
  name: string;
  pieces: number;
}

export function placeOfFile(owner: string, id: string): Place {
  return { kind: 'file', owner, id };
}

export function placeOfPieces(owner: string, name: string): PiecesPlace {
  return { kind: 'file_piece', owner, name };
}

export function toKeptFile({ document }: StoredDocument): KeptFile {
  // Sound: a draft stored it.
  return document as KeptFile;
}
