export interface GitLimits {
  /** Bytes: of what is downloaded, and again of the files in it. */
  readonly maxSize: number;
  /** Files, directories and links, submodules' included. */
  readonly maxEntries: number;
  readonly maxSubmodules: number;
  /** Submodules within submodules. */
  readonly maxDepth: number;
  /** Of a whole checkout, until its last byte is read. */
  readonly maxTimeMs: number;
}

export const DEFAULT_LIMITS: GitLimits = {
  maxSize: 16 * 2 ** 30,
  maxEntries: 1_000_000,
  maxSubmodules: 200,
  maxDepth: 8,
  maxTimeMs: 3_600_000,
};
