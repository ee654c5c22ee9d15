import { existsSync, lstatSync, readlinkSync } from "node:fs";

/** One thing of the machine that a sandbox shows, at the place where the machine has it. */
export type SystemEntry =
  | { readonly kind: "folder"; readonly path: string }
  | { readonly kind: "link"; readonly path: string; readonly target: string };

/** Programs and libraries. `/nix/store` is where NixOS has what others have in /usr; all may read it there too. */
const PROGRAMS = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store"];

/** Of /etc only what programs need to start and to show time: nothing about people, keys or the network. */
const SETTINGS = [
  "/etc/ld.so.cache",
  "/etc/ld.so.conf",
  "/etc/ld.so.conf.d",
  "/etc/ld-musl-x86_64.path",
  "/etc/alternatives",
  "/etc/localtime",
  "/etc/timezone",
  "/etc/mime.types",
  "/etc/fonts",
];

/** What a sandbox shows of this machine's system, read-only. */
export function systemLayout(): readonly SystemEntry[] {
  return [...PROGRAMS, ...SETTINGS].flatMap((path): SystemEntry[] => {
    if (!existsSync(path)) return [];
    const isLink = lstatSync(path).isSymbolicLink();
    // Links at the top (a merged /usr) stay links; a setting's target may be out of sight, so it is bound.
    if (isLink && PROGRAMS.includes(path)) return [{ kind: "link", path, target: readlinkSync(path) }];
    return [{ kind: "folder", path }];
  });
}
