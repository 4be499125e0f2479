import assert from "node:assert/strict";
import { test } from "node:test";
import { fileNameOf, redactUrl } from "./index.ts";

test("fileNameOf() takes the URL's last part, else the server's word, and only a single component", () => {
  const cases: readonly (readonly [url: string, disposition: string | undefined, name: string | undefined])[] = [
    ["http://host/a/b.tar?x=y", undefined, "b.tar"],
    ["http://host/a/b.tar", 'attachment; filename="c"', "b.tar"],
    ["http://host/a/", undefined, "a"],
    ["http://host/a%20b", undefined, "a b"],
    ["http://host/a%2Fb", undefined, "b"],
    ["http://host/%ff", undefined, "%ff"],
    ["http://host/%2e%2e%2f..", undefined, undefined],
    ["http://host/", undefined, undefined],
    ["http://host/", 'attachment; filename="a \\"b\\".tar"', 'a "b".tar'],
    ["http://host/", "attachment; filename=a.tar; size=5", "a.tar"],
    ["http://host/", "attachment; filename=b; filename*=UTF-8''%e2%82%ac", "€"],
    ["http://host/", 'attachment; filename="../../etc/passwd"', "passwd"],
    ["http://host/", 'attachment; filename=".."', undefined],
  ];
  for (const [url, disposition, name] of cases) assert.equal(fileNameOf(url, disposition), name, url);
});

test("a password in a URL is not shown", () => {
  const cases = [
    ["http://user:secret@host/a?b=c", "http://user:xxxxx@host/a?b=c"],
    ["http://user:sec@ret@host/", "http://user:xxxxx@host/"],
    ["http://user@host/", "http://user@host/"],
    ["http://host/a:b@c", "http://host/a:b@c"],
    ["-", "-"],
  ] as const;
  for (const [url, shown] of cases) assert.equal(redactUrl(url), shown);
});
