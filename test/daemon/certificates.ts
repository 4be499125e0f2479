import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** Why certificates cannot be made here, for a test's `skip`. */
export const CANNOT_MAKE_CERTIFICATES: string | false = hasOpenssl() ? false : "needs openssl to make certificates";

export interface Authority {
  readonly ca: string;
  /** A certificate of this authority, as PEM files. */
  issue(name: string, usage: "clientAuth" | "serverAuth"): { readonly cert: string; readonly key: string };
}

/** A certificate authority of a day, in `folder`. */
export function makeAuthority(folder: string, name: string): Authority {
  const file = (suffix: string): string => join(folder, `${name}-${suffix}`);
  const ca = file("ca.pem");
  const caKey = file("ca-key.pem");
  openssl(["req", "-x509", ...newKey(caKey), "-days", "1", "-subj", `/CN=${name}`, "-out", ca]);
  return {
    ca,
    issue(subject, usage) {
      const [cert, key, request, extensions] = [
        file(`${subject}.pem`),
        file(`${subject}-key.pem`),
        file(`${subject}.csr`),
        file(`${subject}.ext`),
      ];
      writeFileSync(extensions, `extendedKeyUsage=${usage}\nsubjectAltName=DNS:localhost,IP:127.0.0.1\n`);
      openssl(["req", ...newKey(key), "-subj", `/CN=${subject}`, "-out", request]);
      openssl([
        "x509",
        "-req",
        "-in",
        request,
        "-CA",
        ca,
        "-CAkey",
        caKey,
        "-CAcreateserial",
        "-days",
        "1",
        "-extfile",
        extensions,
        "-out",
        cert,
      ]);
      return { cert, key };
    },
  };
}

function newKey(path: string): readonly string[] {
  return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", path];
}

function openssl(args: readonly string[]): void {
  execFileSync("openssl", args, { stdio: ["ignore", "ignore", "pipe"] });
}

function hasOpenssl(): boolean {
  try {
    execFileSync("openssl", ["version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
