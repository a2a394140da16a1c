/**
 * The unified diff, each input's by itself.
 */
import type { PageFile } from "../page-data.ts";
import type { TabProps } from "./tab-props.ts";
import { useMemo, useState } from "preact/hooks";
import { LineBox } from "./lines.tsx";
import { unfoldHunks } from "./hunks.ts";

/** Shows it. */
export function DiffTab({ data }: TabProps) {
  return (
    <>
      {data.files.map((file) => (
        <FileDiff key={file.path} file={file} />
      ))}
    </>
  );
}

const KINDS: Readonly<Record<string, string>> = { "-": "gone", "+": "made", "@": "hunk" };

function FileDiff({ file }: { readonly file: PageFile }) {
  const lines = useMemo(() => unfoldHunks(file), [file]);
  const [chosen, setChosen] = useState(-1);
  if (!file.changed) return <p>{file.path} stays as it is.</p>;
  return (
    <>
      <h3>{file.path}</h3>
      <LineBox
        label={`Diff of ${file.path}`}
        count={lines.length}
        chosen={chosen}
        wanted={-1}
        classOf={(row) => KINDS[lines[row]![0]!] ?? "kept"}
        show={(row) => lines[row]}
        onChoose={setChosen}
        onPoint={() => {}}
      />
    </>
  );
}
