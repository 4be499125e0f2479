import { checkCases } from "./build-cases.ts";

/** What ENV, LABEL and the like make of variables; see the language's own tests for the words. */
checkCases("ENV", [
  { name: "36: words see the variables as they were", text: "FROM scratch\nENV a=1\nENV a=2 b=$a", config: { Env: ["a=2", "b=1"] } },
  {
    name: "37-41: quotes and escapes",
    text: `FROM scratch
ENV foo=bar abc=def
ENV abc1='$foo' abc2="\\$foo" foo2="abc\\def" foo3="abc\\\\def" foo4='abc\\\\def' foo5="$foo"`,
    config: {
      Env: ["foo=bar", "abc=def", "abc1=$foo", "abc2=$foo", "foo2=abc\\def", "foo3=abc\\def", "foo4=abc\\\\def", "foo5=bar"],
    },
    history: ["ENV foo=bar abc=def", "ENV abc1=$foo abc2=$foo foo2=abc\\def foo3=abc\\def foo4=abc\\\\def foo5=bar"],
  },
  {
    name: "42: blanks and quotes inside",
    text: `FROM scratch\nENV def=hello\\ world v2="hi there" v4="with'quotes too" v5='and " these'`,
    config: { Env: ["def=hello world", "v2=hi there", "v4=with'quotes too", 'v5=and " these'] },
    history: [`ENV def=hello world v2=hi there v4=with'quotes too v5=and " these`],
  },
  {
    name: "43: the old form",
    text: `FROM scratch\nENV abc 'yyy'\nENV abq "foo"\nENV foo \\"foo\\"\nENV k v  w`,
    config: { Env: ["abc=yyy", "abq=foo", 'foo="foo"', "k=v  w"] },
  },
  { name: "44: empty is there", text: "FROM scratch\nENV abc=\nENV a= b=1", config: { Env: ["abc=", "a=", "b=1"] } },
  {
    name: "45: PATH is replaced where it stands",
    text: "FROM base\nENV PATH /test:$PATH",
    base: {},
    baseConfig: { Env: ["A=1", "PATH=/bin", "B=2"] },
    config: { Env: ["A=1", "PATH=/test:/bin", "B=2"], WorkingDir: undefined },
  },
  { name: "46: an empty PATH is one", text: "FROM scratch\nENV PATH=''", config: { Env: ["PATH="] } },
  {
    name: "46: and so it is inherited",
    base: {},
    baseConfig: { Env: ["PATH="] },
    text: "FROM base\nENV A=$PATH",
    config: { Env: ["PATH=", "A="], WorkingDir: undefined },
  },
  {
    name: "46: a base without PATH gets the default, behind its own",
    base: {},
    baseConfig: { Env: ["Z=1"] },
    text: "FROM base\nENV A=$PATH",
    config: { Env: ["Z=1", "A=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"], WorkingDir: undefined },
  },
  {
    name: "47: escaped variables name volumes",
    text: "FROM scratch\nENV FOO bar\nVOLUME \\${FOO}\nVOLUME \\\\\\\\\\\\\\${FOO}\nVOLUME $FOO /$FOO",
    config: { Env: ["FOO=bar"], Volumes: { "${FOO}": {}, "\\\\\\${FOO}": {}, bar: {}, "/bar": {} } },
  },
  {
    name: "48: EXPOSE makes several of one",
    text: 'FROM scratch\nENV ports "  99   100 "\nEXPOSE ${ports} 7',
    config: { Env: ["ports=  99   100 "], ExposedPorts: { "7/tcp": {}, "99/tcp": {}, "100/tcp": {} } },
  },
  {
    name: "49: nothing for what is missing",
    text: "FROM scratch\nENV A=/t\nWORKDIR $A/$MISSING",
    config: { Env: ["A=/t"], WorkingDir: "/t" },
  },
  {
    name: "50: COPY with a default in a default",
    files: { f: "f" },
    text: "FROM scratch\nENV gee=f dot=/d/\nCOPY ${zzz:-${gee}} ${dot}",
    makes: { "d/": "0755 0:0", "d/f": "0644 0:0 f" },
    history: ["ENV gee=f dot=/d/", "COPY f /d/ # buildkit"],
  },
  {
    name: "51: an escape in a default",
    text: "FROM scratch\nENV abc=foo\nENV def6=${ccc:-\\$abc:}",
    config: { Env: ["abc=foo", "def6=$abc:"] },
  },
  {
    name: "52: what is there is put in front",
    text: "FROM scratch\nENV mypath=${mypath:+$mypath:}/home\nENV mypath=${mypath:+$mypath:}/away",
    config: { Env: ["mypath=/home:/away"] },
  },
  {
    name: "2.1: keys are words too, and names are told apart by case",
    text: "FROM scratch\nENV n=k K=1\nENV $n=v $n-2=w\nLABEL $n=$K",
    config: { Env: ["n=k", "K=1", "k=v", "k-2=w"], Labels: { k: "1" } },
    history: ["ENV n=k K=1", "ENV k=v k-2=w", "LABEL k=1"],
  },
  {
    name: "2.1: CMD, ENTRYPOINT, SHELL, HEALTHCHECK and MAINTAINER are left alone",
    text: 'FROM scratch\nENV a=1\nMAINTAINER $a\nSHELL ["$a"]\nCMD $a\nENTRYPOINT ["$a"]\nHEALTHCHECK CMD $a',
    config: {
      author: "$a",
      Env: ["a=1"],
      Shell: ["$a"],
      Cmd: ["$a", "$a"],
      Entrypoint: ["$a"],
      ArgsEscaped: true,
      Healthcheck: { Test: ["CMD-SHELL", "$a"] },
    },
  },
  {
    name: "2.1: USER and STOPSIGNAL are not",
    text: "FROM scratch\nENV a=9\nUSER u$a\nSTOPSIGNAL $a",
    config: { Env: ["a=9"], User: "u9", StopSignal: "9" },
  },
  { name: "70: a variable that must be there", text: "FROM scratch\nENV Y=${B?oops}", fails: 'failed to process "${B?oops}": B: oops' },
  {
    name: "2.3: a substitution that is none",
    text: "FROM scratch\nENV Y=${B:0:1}",
    fails: 'failed to process "${B:0:1}": unsupported modifier (:0) in substitution',
  },
]);

checkCases("ARG", [
  {
    name: "57: null is no value",
    text: "FROM scratch\nARG a=1\nARG b\nARG c\nENV e=$a:${b-unset}:${c-unset}",
    buildArgs: { a: null, b: null, c: "" },
    config: { Env: ["e=1:unset:"] },
    history: ["ARG a=1", "ARG b", "ARG c=", "ENV e=1:unset:"],
    unconsumed: [],
  },
  {
    name: "56: empty is a value",
    text: "FROM scratch\nARG FOO=default\nENV E=x$FOO",
    buildArgs: { FOO: "" },
    config: { Env: ["E=x"] },
    history: ["ARG FOO=", "ENV E=x"],
  },
  {
    name: "59: of one stage is not of the next",
    text: "FROM scratch AS a\nARG x=1\nFROM scratch\nENV y=${x-unset}",
    config: { Env: ["y=unset"] },
  },
  {
    name: "69: but of one that is FROM it",
    text: "FROM scratch AS a\nARG x=1\nFROM a\nENV y=${x-unset}\nARG x\nENV z=$x",
    config: { Env: ["y=1", "z=1"] },
    history: ["ARG x=1", "ENV y=1", "ARG x", "ENV z=1"],
  },
  {
    name: "59: a global one only after a bare ARG",
    text: "ARG tag=global\nFROM scratch\nENV a=${tag-unset}\nARG tag\nENV b=$tag\nARG tag=own\nENV c=$tag",
    config: { Env: ["a=unset", "b=global", "c=own"] },
    history: ["ENV a=unset", "ARG tag=global", "ENV b=global", "ARG tag=own", "ENV c=own"],
  },
  {
    name: "2.5: what is given beats both",
    text: "ARG tag=global\nFROM scratch\nARG tag\nENV b=$tag\nARG tag=own\nENV c=$tag",
    buildArgs: { tag: "given" },
    config: { Env: ["b=given", "c=given"] },
    history: ["ARG tag=given", "ENV b=given", "ARG tag=given", "ENV c=given"],
  },
  {
    name: "2.5: defaults see those before them, in one line too",
    text: 'ARG A=1\nARG B=${A}2 C=${B}3\nFROM scratch\nARG C D=${C}4 E="x ${D}"\nENV all="$C $D $E"',
    config: { Env: ["all=123 1234 x 1234"] },
    history: ["ARG C=123 D=1234 E=x 1234", "ENV all=123 1234 x 1234"],
  },
  {
    name: "2.5: a default that nobody needs may be wrong",
    text: "ARG g=${x?}\nFROM scratch\nARG a=${x?} g\nENV e=$a$g",
    buildArgs: { a: "1", g: "2" },
    config: { Env: ["e=12"] },
  },
  {
    name: "2.5: one that is needed may not",
    text: "FROM scratch\nARG a=${x?}",
    fails: 'failed to process "${x?}": x: is not allowed to be unset',
  },
  {
    name: "61: ENV after ARG",
    text: "FROM scratch\nARG x\nENV x over\nLABEL l=$x",
    buildArgs: { x: "bar" },
    config: { Env: ["x=over"], Labels: { l: "over" } },
  },
  {
    name: "62: ARG after ENV",
    text: "FROM scratch\nENV x=a\nARG x=b\nLABEL l=$x\nARG x=c\nARG x\nLABEL m=$x",
    config: { Env: ["x=a"], Labels: { l: "b", m: "c" } },
  },
  {
    name: "62: without a value it leaves ENV alone",
    text: "FROM scratch\nENV x=a\nARG x\nLABEL l=$x",
    config: { Env: ["x=a"], Labels: { l: "a" } },
    history: ["ENV x=a", "ARG x", "LABEL l=a"],
  },
  {
    name: "63: ENV keeps what ARG says",
    text: "FROM scratch\nARG x=a\nENV x $x\nENV y=${y:-default}",
    buildArgs: { x: "b", y: "ignored" },
    config: { Env: ["x=b", "y=default"] },
    unconsumed: ["y"],
  },
  {
    name: "68: quotes",
    text: `FROM scratch\nARG A=""\nARG B=''\nARG C="''"\nARG D='""'\nARG E=a\\ b\nENV all="$A|$B|$C|$D|$E"`,
    config: { Env: [`all=||''|""|a b`] },
    history: ["ARG A=", "ARG B=", "ARG C=''", 'ARG D=""', "ARG E=a b", `ENV all=||''|""|a b`],
  },
  {
    name: "67: what no ARG asks for is told, sorted; of proxies and the builder's own nothing",
    text: "ARG used\nFROM scratch AS other\nARG alsoUsed\nFROM scratch\nENV A=b",
    buildArgs: { Z: "1", A: null, used: "1", alsoUsed: "1", HTTP_PROXY: "p", no_proxy: "p", BUILDKIT_INLINE_CACHE: "1", TARGETARCH: "z" },
    unconsumed: ["A", "Z"],
  },
  {
    name: "65: a proxy that is declared is an argument",
    text: "FROM scratch\nARG http_proxy\nLABEL l=$http_proxy",
    buildArgs: { http_proxy: "here" },
    config: { Labels: { l: "here" } },
    history: ["ARG http_proxy=here", "LABEL l=here"],
  },
]);

checkCases("platform arguments", [
  {
    name: "2.7: are there after a bare ARG only",
    text: "FROM scratch\nENV a=${TARGETARCH-unset}\nARG TARGETARCH TARGETPLATFORM TARGETOS TARGETVARIANT\nENV b=$TARGETARCH:$TARGETPLATFORM:$TARGETOS:$TARGETVARIANT",
    platform: "linux/arm/v6",
    config: { Env: ["a=unset", "b=arm:linux/arm/v6:linux:v6"] },
    history: [
      "ENV a=unset",
      "ARG TARGETARCH=arm TARGETPLATFORM=linux/arm/v6 TARGETOS=linux TARGETVARIANT=v6",
      "ENV b=arm:linux/arm/v6:linux:v6",
    ],
  },
  {
    name: "2.7: v8 of arm64 goes without saying",
    text: "FROM scratch\nARG TARGETPLATFORM TARGETVARIANT\nENV b=$TARGETPLATFORM:$TARGETVARIANT",
    platform: "linux/arm64/v8",
    config: { Env: ["b=linux/arm64:"] },
    history: ["ARG TARGETPLATFORM=linux/arm64 TARGETVARIANT=", "ENV b=linux/arm64:"],
  },
  {
    name: "2.7: a default beats them, what is given beats both",
    text: "ARG OF=$TARGETARCH\nFROM scratch\nARG TARGETARCH\nARG TARGETOS=own\nARG OF\nENV b=$TARGETARCH:$TARGETOS:$OF",
    buildArgs: { TARGETARCH: "given" },
    config: { Env: ["b=given:own:given"] },
  },
  {
    name: "2.7: TARGETSTAGE is the target, or default",
    text: "FROM scratch AS one\nARG TARGETSTAGE\nENV a=$TARGETSTAGE\nFROM one\nENV b=$TARGETSTAGE",
    config: { Env: ["a=default", "b=default"] },
  },
  {
    name: "2.7: TARGETSTAGE as it is called",
    text: "FROM scratch AS One\nARG TARGETSTAGE\nENV a=$TARGETSTAGE\nFROM one",
    target: "oNe",
    config: { Env: ["a=oNe"] },
  },
  {
    name: "3.1: FROM --platform is the image's, not the target's",
    text: "FROM --platform=$TARGETOS/s390x scratch\nARG TARGETARCH\nENV a=$TARGETARCH",
    platform: "linux/amd64",
    config: { Env: ["a=amd64"] },
  },
  {
    name: "3.1: FROM --platform of nothing",
    text: "FROM --platform=$X scratch\nENV a=b",
    fails: "empty platform value from expression $X",
  },
]);
