import type { CheckReport } from "#engine";

/** What `slipwayd fsck` prints: a line for each finding, then the sum. */
export function checkReport(dataRoot: string, { blobs, images, problems, leftovers, partial, repaired, lost }: CheckReport): string {
  const lines = [
    ...problems.map((line) => `damaged: ${line}`),
    ...leftovers.map((line) => `left over: ${line}`),
    ...(partial === 0 ? [] : [`unfinished: ${partial} ${partial === 1 ? "download" : "downloads"} that a pull can go on with`]),
    ...repaired.map((line) => `repaired: ${line}`),
    ...lost.map((line) => `lost: ${line}`),
  ];
  const counts = `${blobs} blobs and ${images} images verified`;
  const verdict = [
    problems.length === 0 ? "no damage" : `${problems.length} ${problems.length === 1 ? "problem" : "problems"}`,
    ...(lost.length === 0 ? [] : [`${lost.length} ${lost.length === 1 ? "blob" : "blobs"} lost`]),
    ...(problems.length + lost.length > 0 && repaired.length === 0
      ? ["--repair removes what is damaged and fetches it again from where it came"]
      : []),
  ].join("; ");
  return [...lines, `${dataRoot}: ${counts}, ${verdict}`, ""].join("\n");
}
