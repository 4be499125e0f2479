/** The failure that a progress stream reports, if any. Docker answers 200 first and tells the failure in a line. */
export function failureInProgress(text: string): string | undefined {
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue;
    const message: unknown = JSON.parse(line);
    if (typeof message !== "object" || message === null) continue;
    if ("error" in message && typeof message.error === "string" && message.error !== "") return message.error;
    if ("errorDetail" in message && message.errorDetail !== undefined) return JSON.stringify(message.errorDetail);
  }
  return undefined;
}
