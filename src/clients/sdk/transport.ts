/** How a request reaches an engine. Knows HTTP, and neither Docker's paths nor its JSON. */
export interface Transport extends AsyncDisposable {
  /** The address, as people write it; for messages. */
  readonly address: string;
  /**
   * Resolves with the head of the answer, whatever its status, while the body of the request may still be on its
   * way. When the answer is closed first, or `signal` fires, sending stops and the body's iterator is returned.
   *
   * @throws unavailable when the engine cannot be reached, cancelled when `signal` fires, and whatever the
   * request's body throws.
   */
  send(request: HttpRequest, options?: { readonly signal?: AbortSignal }): Promise<HttpResponse>;
}

export interface HttpRequest {
  readonly method: "GET" | "HEAD" | "POST" | "DELETE";
  /** Path and query, already encoded. */
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: AsyncIterable<Uint8Array>;
}

/** Whoever receives it owns it: read it to its end, or close it, or else its connection stays taken. */
export interface HttpResponse {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, string>;
  /** Once. Nothing is read ahead of the reader, beyond small buffers; fails as `send` does. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Ends the exchange; a no-op after the end of the body. */
  close(): void;
}
