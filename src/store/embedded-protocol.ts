// What the embedded database's thread is asked and answers.
import type { Param } from './database.ts';

export interface EmbeddedSetup {
  /** Null keeps everything in memory. */
  readonly folder: string | null;
}

export type EmbeddedRequest =
  | { readonly kind: 'query'; readonly id: number; readonly text: string; readonly params: readonly Param[] }
  | { readonly kind: 'script'; readonly id: number; readonly text: string }
  | { readonly kind: 'close'; readonly id: number };

export type EmbeddedAnswer =
  | { readonly id: number; readonly rows: readonly unknown[] }
  | { readonly id: number; readonly failed: { readonly message: string; readonly code: string } };
