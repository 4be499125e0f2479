import { busyboxTar, cannotRun } from "../runtime/chains.ts";
import { checkCases } from "./build-cases.ts";
import type { BuildCase } from "./build-cases.ts";

const PASSWD = "root:x:0:0::/root:/bin/sh\ndockerio:x:1001:1001::/home/dockerio:/bin/false\n";
const GROUP = "root:x:0:\ndockerio:x:1001:\nsupplementary:x:1002:other,dockerio\n";
const BASE = await busyboxTar({ passwd: PASSWD, group: GROUP });

function checkCommands(title: string, cases: readonly BuildCase[]): void {
  const onBusybox = cases.map((each) => ({
    base: BASE,
    network: "none" as const,
    noCache: true,
    ...each,
    text: `FROM base\n${each.text ?? ""}`,
  }));
  checkCases(title, onBusybox, cannotRun());
}

checkCommands("the words of RUN", [
  { name: "1: a comment ends no line", text: "RUN echo a \\\n# c\n  b", says: "a b\n", history: ["RUN /bin/sh -c echo a   b # buildkit"] },
  { name: "2: nor does it go on", text: "# c \\\nRUN echo x", says: "x\n" },
  { name: "3: nor do blank lines end one", text: "RUN echo a \\\n\n\n b", says: "a b\n" },
  { name: "4: the end of the file ends one", text: "RUN echo foo \\", says: "foo\n", history: ["RUN /bin/sh -c echo foo # buildkit"] },
  { name: "5: backslashes are the shell's", text: String.raw`RUN printf '%s\n' "foo \n bar" \$x`, says: "foo \\n bar\n$x\n" },
  { name: "6: blanks in quotes stay over lines", text: 'RUN echo "  \\\n  foo  "', says: "    foo  \n" },
  { name: "14: lines may end as they do elsewhere", text: "RUN echo a \\\r\n  b\r\nRUN echo c\r\n", says: "a b\nc\n" },
  { name: "23: tabs stay", text: "RUN echo\tone\t\ttwo", says: "one two\n", history: ["RUN /bin/sh -c echo\tone\t\ttwo # buildkit"] },
  { name: "53: variables are the shell's", text: "ENV V=a.b.c\nRUN V=x; echo ${V%%.*} ${#V} $V", says: "x 1 x\n" },
  { name: "3.2: the exec form knows no variables", text: 'ENV A=b\nRUN ["echo", "$A", "c  d"]', says: "$A c  d\n" },
  { name: "3.2: what is not quite JSON is for the shell", text: "RUN ['echo', 'x'] 2>/dev/null || echo no", says: "no\n" },
  { name: "77: the shell in force gets one word", text: 'SHELL ["/bin/echo", "-n"]\nRUN a  b', says: "a  b" },
  { name: "3.2: nothing is nothing for the shell", text: "RUN", says: "", history: ["RUN /bin/sh -c  # buildkit"] },
  { name: "3.2: a program must be named", text: "RUN []", fails: "no command specified" },
  { name: "30: no heredoc in JSON", text: 'RUN ["echo","<<EOF"]', says: "<<EOF\n" },
  {
    name: "25: a heredoc is a script",
    text: "RUN <<EOF\necho $0 one\nA=two\necho $A\nEOF",
    says: "/bin/sh one\ntwo\n",
  },
  {
    name: "25: with an interpreter of its own",
    text: "RUN <<EOF\n#!/bin/cat\n$A 'b'\nEOF",
    says: "#!/bin/cat\n$A 'b'\n",
  },
  {
    name: "29: the shell's own heredocs",
    text: 'ENV A=b\nRUN cat <<EOF > /f && cat /f - <<"E2"\nfirst $A\nEOF\nsecond $A\nE2',
    says: "first b\nsecond $A\n",
  },
  { name: "25: tabs in front are nobody's", text: "RUN <<-EOF\n\techo a\n\t\techo b\n\tEOF", says: "a\nb\n" },
  {
    name: "3.2: ENTRYPOINT, CMD and HEALTHCHECK of the base say nothing",
    baseConfig: { Entrypoint: ["/bin/false"], Cmd: ["x"], Healthcheck: { Test: ["CMD", "/bin/false"] } },
    text: "RUN echo ran",
    says: "ran\n",
  },
]);

const ENVIRONMENT = "RUN busybox env | busybox sort | busybox grep -v '^\\(SHLVL\\|PWD\\|_\\)='";
const PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n";
const PROXY = { HTTP_PROXY: "up", no_proxy: "low", All_Proxy: "mixed" };
const PROXIES = { upper: "ALL_PROXY=mixed\nHTTP_PROXY=up\nNO_PROXY=low\n", lower: "all_proxy=mixed\nhttp_proxy=up\nno_proxy=low\n" };

checkCommands("what RUN finds in its environment", [
  { name: "7: nothing but HOME and PATH", text: ENVIRONMENT, says: `HOME=/root\n${PATH}` },
  { name: "7: HOME may be set", text: `ENV HOME=/h A=\n${ENVIRONMENT}`, says: `A=\nHOME=/h\n${PATH}` },
  { name: "7: PATH of a base without one", baseConfig: { Env: ["Z=1"] }, text: ENVIRONMENT, says: `HOME=/root\n${PATH}Z=1\n` },
  {
    name: "54, 55: ARG without a value is not there, with an empty one it is",
    text: `ARG foo\nARG bar=\n${ENVIRONMENT}`,
    says: `HOME=/root\n${PATH}bar=\n`,
  },
  { name: "58: an argument is there from its line on", text: "RUN echo ${foo-unset}\nARG foo=a\nRUN echo $foo", says: "unset\na\n" },
  {
    name: "59: a global one only if asked for",
    text: "RUN echo ${TARGETOS-unset}\nARG TARGETOS\nRUN echo $TARGETOS",
    says: "unset\nlinux\n",
  },
  {
    name: "62: the last of ENV and ARG",
    text: "ENV x=env\nARG x=arg\nRUN echo $x\nENV x=again\nRUN echo $x",
    says: "arg\nagain\n",
    history: [
      "ENV x=env",
      "ARG x=arg",
      "RUN |1 x=arg /bin/sh -c echo $x # buildkit",
      "ENV x=again",
      "RUN |1 x=again /bin/sh -c echo $x # buildkit",
    ],
  },
  {
    name: "3.2: history names every argument, in their order",
    text: "ARG b=1 a\nARG c\nRUN true",
    buildArgs: { c: "" },
    history: ["ARG b=1 a", "ARG c=", "RUN |3 b=1 a= c= /bin/sh -c true # buildkit"],
  },
  {
    name: "64: proxies are there in both spellings, in no history",
    buildArgs: PROXY,
    text: ENVIRONMENT,
    says: `${PROXIES.upper.replace("HTTP", "HOME=/root\nHTTP")}${PATH}${PROXIES.lower}`,
    history: [`RUN /bin/sh -c ${ENVIRONMENT.slice(4)} # buildkit`],
    config: { WorkingDir: undefined },
    unconsumed: [],
  },
  {
    name: "65: one that is declared is an argument besides",
    buildArgs: { http_proxy: "p" },
    text: "ARG http_proxy\nARG ftp_proxy=d\nRUN echo $http_proxy $HTTP_PROXY $ftp_proxy $FTP_PROXY",
    says: "p p d\n",
    history: [
      "ARG http_proxy=p",
      "ARG ftp_proxy=d",
      "RUN |2 http_proxy=p ftp_proxy=d /bin/sh -c echo $http_proxy $HTTP_PROXY $ftp_proxy $FTP_PROXY # buildkit",
    ],
  },
  {
    name: "2.7: one that is given beats ENV",
    buildArgs: { HTTPS_PROXY: "p" },
    text: "ENV https_proxy=q\nRUN echo $https_proxy",
    says: "p\n",
  },
  { name: "7: its place", text: "WORKDIR /w/x\nRUN pwd\nWORKDIR ..\nRUN pwd", says: "/w/x\n/w\n" },
  {
    name: "7: its place is made again if it is gone, as root's",
    text: "WORKDIR /w\nRUN cd / && rm -r /w\nUSER 1001\nRUN pwd && stat -c '%a %u:%g' /w",
    says: "/w\n755 0:0\n",
  },
  {
    name: "7: its name, its mask, nothing to read",
    text: "RUN hostname; umask; echo ${HOSTNAME-unset}; cat",
    says: "buildkitsandbox\n0022\nbuildkitsandbox\n",
  },
]);

const as = (user: string, says: string) => ({ name: `97: USER ${user}`, text: `USER ${user}\nRUN id; echo $HOME`, says });
const asNobody = (user: string, fails: string) => ({ name: `97: USER ${user}`, text: `USER ${user}\nRUN id`, fails });

checkCommands("who RUN is", [
  as("dockerio", "uid=1001(dockerio) gid=1001(dockerio) groups=1001(dockerio),1002(supplementary)\n/home/dockerio\n"),
  as("1001", "uid=1001(dockerio) gid=1001(dockerio) groups=1001(dockerio),1002(supplementary)\n/home/dockerio\n"),
  as("dockerio:", "uid=1001(dockerio) gid=1001(dockerio) groups=1001(dockerio),1002(supplementary)\n/home/dockerio\n"),
  as("dockerio:supplementary", "uid=1001(dockerio) gid=1002(supplementary) groups=1002(supplementary)\n/home/dockerio\n"),
  as("1001:1002", "uid=1001(dockerio) gid=1002(supplementary) groups=1002(supplementary)\n/home/dockerio\n"),
  as("dockerio:1043", "uid=1001(dockerio) gid=1043 groups=1043\n/home/dockerio\n"),
  as(":1002", "uid=0(root) gid=1002(supplementary) groups=1002(supplementary)\n/root\n"),
  as("1042", "uid=1042 gid=0(root) groups=0(root)\n/\n"),
  as("1042:1043", "uid=1042 gid=1043 groups=1043\n/\n"),
  as('""', "uid=0(root) gid=0(root) groups=0(root)\n/root\n"),
  asNobody("nobody", "unable to find user nobody: no matching entries in passwd file"),
  asNobody("1042:nogroup", "unable to find group nogroup: no matching entries in group file"),
  asNobody("2147483648", "uids and gids must be in range 0-2147483647"),
  asNobody("-1", "uids and gids must be in range 0-2147483647"),
  {
    name: "97: whom an earlier command made",
    text: "RUN echo new:x:7:8::/n:/bin/sh >> /etc/passwd\nUSER new\nRUN id; echo $HOME",
    says: "uid=7(new) gid=8 groups=8\n/n\n",
  },
]);
