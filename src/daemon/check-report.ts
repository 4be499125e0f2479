import type { CheckReport } from "#engine";

/** What `slipwayd fsck` prints: a line for each finding, then the sum. */
export function checkReport(dataRoot: string, { blobs, images, problems, leftovers, repaired }: CheckReport): string {
  const lines = [
    ...problems.map((line) => `damaged: ${line}`),
    ...leftovers.map((line) => `left over: ${line}`),
    ...repaired.map((line) => `repaired: ${line}`),
  ];
  const counts = `${blobs} blobs and ${images} images verified`;
  const verdict =
    problems.length === 0
      ? "no damage"
      : `${problems.length} ${problems.length === 1 ? "problem" : "problems"}${repaired.length === 0 ? "; --repair removes what is damaged" : ""}`;
  return [...lines, `${dataRoot}: ${counts}, ${verdict}`, ""].join("\n");
}
