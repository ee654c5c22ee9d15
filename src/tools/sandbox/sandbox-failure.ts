/** What is wrong with this machine's sandbox, in one sentence for people, and what to do about it. */
export interface SandboxProblem {
  readonly problem: string;
  readonly hint: string;
}

export const INSTALL_HINT =
  "Run `m1p setup` (in a checkout: `npm run setup`), or install the package `bubblewrap` by your system's package manager. " +
  "`m1p doctor` shows what works here; `--unsafe-host-exec` runs code without any sandbox, at your own risk.";

const NAMESPACE_HINT =
  "In a container: start it with the right to make namespaces (docker: `--cap-add SYS_ADMIN --security-opt " +
  "seccomp=unconfined --security-opt apparmor=unconfined`). On Ubuntu 24.04 and later: allow them for bwrap by an " +
  "AppArmor profile, or for all by `sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0`. Elsewhere: " +
  "`sudo sysctl -w user.max_user_namespaces=15000 kernel.unprivileged_userns_clone=1`.";

const EXPLANATIONS: readonly { readonly pattern: RegExp; readonly explain: (complaint: string) => SandboxProblem }[] = [
  {
    pattern: /Can't mount proc/i,
    explain: (complaint) => ({
      problem: `This container forbids a process file system of the sandbox's own (${complaint}).`,
      hint: "Start the container with an unmasked /proc (docker: `--security-opt systempaths=unconfined`), or run m1p outside of it.",
    }),
  },
  {
    pattern: /namespace|uid map|gid map|userns|loopback|RTM_NEWADDR|Operation not permitted|Permission denied/i,
    explain: (complaint) => ({
      problem: `This machine forbids making namespaces, which the sandbox is made of (${complaint}).`,
      hint: NAMESPACE_HINT,
    }),
  },
  {
    pattern: /(prlimit|setpriv).*(not found|No such file)/i,
    explain: (complaint) => ({
      problem: `The programs prlimit and setpriv, which set the sandbox's limits, are missing (${complaint}).`,
      hint: "Install the package `util-linux`.",
    }),
  },
  {
    pattern: /chroot.*(not found|No such file)/i,
    explain: (complaint) => ({
      problem: `The program chroot is missing (${complaint}).`,
      hint: "Install the package `coreutils`.",
    }),
  },
];

/** Turns what a launcher complained about into a sentence and advice. */
export function explainSandboxFailure(complaint: string): SandboxProblem {
  const known = EXPLANATIONS.find(({ pattern }) => pattern.test(complaint));
  return known?.explain(complaint) ?? { problem: `The sandbox does not start: ${complaint}.`, hint: INSTALL_HINT };
}
