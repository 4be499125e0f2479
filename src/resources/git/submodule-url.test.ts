import assert from "node:assert/strict";
import { test } from "node:test";
import { submoduleUrl } from "./submodule-url.ts";

test("a submodule's URL is relative to the repository, and stays on its host", () => {
  const cases = [
    ["https://other/x.git", "https://host/a/b.git", "https://other/x.git"],
    ["../x.git", "https://host/a/b.git", "https://host/a/x.git"],
    ["../../x.git", "https://host/a/b.git/", "https://host/x.git"],
    ["./../x.git", "https://host/a/b.git", "https://host/a/x.git"],
    ["./x.git", "https://host/b.git", "https://host/b.git/x.git"],
    ["../x", "git@host:a/b", "git@host:a/x"],
  ] as const;
  for (const [url, remote, absolute] of cases) assert.equal(submoduleUrl(url, remote), absolute, url);
  for (const [url, remote] of [
    ["../../x", "https://host/b.git"],
    ["../../../../x", "https://host/a/b"],
    ["../../../x", "git@host:a/b"],
  ] as const)
    assert.throws(() => submoduleUrl(url, remote), {
      kind: "invalid-argument",
      message: `invalid git repository "${url}": it leads out of "${remote}"`,
    });
  for (const url of ["https://host/x.git?ref=main", "./x#main"])
    assert.throws(() => submoduleUrl(url, "https://host/b.git"), { message: /has neither query nor fragment$/ });
});
