import type { TlsMaterial } from "../transport/dispatchers.ts";

/** One place where an operation may be tried. */
export interface Endpoint {
  /** Root of the API without a slash at its end: `https://host:5000/v2`. */
  readonly root: string;
  /** `scheme://host[:port]`, which credentials are bound to. */
  readonly origin: string;
  /** `host[:port]`, as people know it. */
  readonly host: string;
  readonly isMirror: boolean;
  /** Answers without a verified certificate, or in plain HTTP, count too. */
  readonly isInsecure: boolean;
  readonly tls: TlsMaterial;
  /** Configured for this origin alone. */
  readonly headers: Readonly<Record<string, string>>;
  /** The registry that a mirror stands for, as containerd's `ns` parameter; absent where mirrors do not ask for it. */
  readonly namespace?: string;
}
