import type { BigIntStats } from "node:fs";
import type { BlobId } from "../../log/run-log.ts";
import type { EntryName } from "./entry-name.ts";

/** What is known of a folder on the disk: the tree of a snapshot, and by what its files are known again unread. */
export interface FolderNode {
  readonly kind: "folder";
  readonly mode: number;
  /** By name, in the order of the names' bytes. */
  readonly entries: Map<EntryName, TreeNode>;
  /** Undefined until all that is in it is known. */
  manifest: BlobId | undefined;
  /** The pages of the manifest that are known to be stored. */
  pages: readonly BlobId[];
}

export interface FileNode {
  readonly kind: "file";
  readonly mode: number;
  bytes: number;
  blob: BlobId;
  /** Undefined where the file must be read again next time. */
  stamp: string | undefined;
}

export interface LinkNode {
  readonly kind: "link";
  readonly target: EntryName;
}

export type TreeNode = FolderNode | FileNode | LinkNode;

/** What changes whenever a file's content does: nobody but root can set the time of a file's last change. */
export function stampOf(facts: BigIntStats): string {
  return `${facts.dev}:${facts.ino}:${facts.size}:${facts.mtimeNs}:${facts.ctimeNs}`;
}

/** Type bits left out; set-user, set-group and sticky bits kept. */
export function modeOf(facts: BigIntStats): number {
  return Number(facts.mode) & 0o7777;
}

/** Whether two nodes are the same in a snapshot; folders by their manifests. */
export function sameNode(left: TreeNode, right: TreeNode): boolean {
  if (left.kind === "file" && right.kind === "file") return left.blob === right.blob && left.mode === right.mode;
  if (left.kind === "link" && right.kind === "link") return left.target === right.target;
  if (left.kind === "folder" && right.kind === "folder") {
    return left.manifest !== undefined && left.manifest === right.manifest && left.mode === right.mode;
  }
  return false;
}
