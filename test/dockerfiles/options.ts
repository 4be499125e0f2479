/** What a build is asked for beyond its context. */
export interface CaseOptions {
  readonly target?: string;
  readonly buildArgs?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  /** By ID. */
  readonly secrets?: Readonly<Record<string, string>>;
}

/** By case; nothing for those that are not here. */
export const options: Readonly<Record<string, CaseOptions>> = {
  "build-args-given": {
    buildArgs: { BASE: "busybox", GREETING: "good day", NAME: "of $the args", EMPTY: "", http_proxy: "http://p:1", no_proxy: "x" },
  },
  "labels-given": { labels: { b: "given", "c d": 'with "quotes" and $x' } },
  secrets: { secrets: { token: "s3cret", "other.key": "0123456789" } },
  "target-stage": { target: "second" },
};
