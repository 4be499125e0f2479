/** A response whose status says success; its bytes are read at most once. */
export interface FetchedUrl {
  /** Bytes, when the server says. */
  readonly size: number | undefined;
  readonly body: AsyncIterable<Uint8Array>;
}

export type FetchUrl = (url: string, options: { readonly signal: AbortSignal }) => Promise<FetchedUrl>;
