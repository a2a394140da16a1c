/**
 * Prints a tree back as the text it was parsed from.
 */
import type { Tree } from "./tree.ts";

/**
 * The file again, byte for byte once it is encoded as it was decoded. It is put together from the nodes' places and the line ends
 * between them, so a node that is missing or misplaced shows as a difference.
 */
export function printTree(tree: Tree): string {
  const { file, nodes } = tree;
  const parts: string[] = [];
  for (const node of nodes) {
    parts.push(file.text.slice(node.start, node.end));
    const next = file.lineStarts[node.line];
    parts.push(file.text.slice(node.end, next ?? file.text.length));
  }
  return parts.join("");
}
