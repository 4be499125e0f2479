import { EngineError, internal } from "#errors";

const WORDS: Readonly<Record<string, string>> = {
  ENOSPC: "no space left on device",
  EDQUOT: "disk quota exceeded",
  EROFS: "read-only file system",
  ENOTDIR: "not a directory",
  EISDIR: "is a directory",
  ENOENT: "no such file or directory",
  EEXIST: "file exists",
  EPERM: "operation not permitted",
  EACCES: "permission denied",
  EBUSY: "device or resource busy",
  ENAMETOOLONG: "file name too long",
  ENOTEMPTY: "directory not empty",
  EFBIG: "file too large",
  EXDEV: "invalid cross-device link",
  ELOOP: "too many levels of symbolic links",
};

/** Says what the system said, of the path as the user knows it and not as it is held. */
export function fileFailure(error: unknown, path: string): unknown {
  if (error instanceof EngineError || !(error instanceof Error)) return error;
  const { code = "", syscall = "open" }: NodeJS.ErrnoException = error;
  const words = WORDS[code];
  return words === undefined ? error : internal(`${syscall} ${path}: ${words}`, { cause: error });
}
