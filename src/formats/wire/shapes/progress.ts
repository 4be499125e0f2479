/**
 * One line of a progress stream: `/images/create`, `/images/{name}/push`, `/images/load`, `/build`.
 * Members are absent when empty; written in this order.
 */
export interface ProgressJson<Aux = unknown> {
  /** Raw text, with its own line ends: build logs, results of load. */
  readonly stream?: string;
  /** What a layer, or the whole operation, is doing. */
  readonly status?: string;
  /** `{}` on updates without numbers; absent from plain messages. */
  readonly progressDetail?: ProgressDetailJson;
  /** A drawn bar; engines up to 28 send it beside `progressDetail`. */
  readonly progress?: string;
  /** Short ID of a layer, a tag, or a digest. */
  readonly id?: string;
  /** The operation failed although the answer began with status 200; the last line. */
  readonly errorDetail?: ErrorDetailJson;
  /** The same text as `errorDetail.message`. */
  readonly error?: string;
  /** What programs read: the image ID of a build, the digest of a push. */
  readonly aux?: Aux;
}

/** Bytes, unless `units` says otherwise; zero members are absent. */
export interface ProgressDetailJson {
  readonly current?: number;
  readonly total?: number;
  readonly start?: number;
  readonly hidecounts?: boolean;
  /** `s`: `current` counts seconds. */
  readonly units?: string;
}

export interface ErrorDetailJson {
  /** Exit code of a failed build step. */
  readonly code?: number;
  readonly message: string;
}
