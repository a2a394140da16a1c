/**
 * Whether a text is a shell script of iptables commands: told from its first lines that say something.
 */

const SHELLS = /^#![^\n]*\b(?:sh|bash|dash|ash|ksh|zsh|busybox|rc\.common)\b/u;
const SAVE_LINE =
  /^(?:\*(?:raw|mangle|nat|filter|security)\s*$|:\S+ (?:ACCEPT|DROP|-)|(?:\[\d+:\d+\] )?-[AI] \S)/u;
const COMMAND_LINE =
  /^\s*(?:sudo\s+|exec\s+)?(?:[\w/.-]*\/)?ip6?tables(?:-(?:legacy|nft))?\s+-{1,2}[a-zA-Z]|^\s*(?:\w+=\S*\s*)*\$\{?IP6?T\w*\}?\s+-|\|\s*(?:[\w/.-]*\/)?ip6?tables(?:-(?:legacy|nft))?-restore|(?:ip6?tables|IP6?T|\bcat\b).*<<-?\s*['"\\]?\w+/u;

/** A variable that holds the program, under whatever name, and a variable that is called like it. */
const PROGRAM_SET =
  /^\s*(?:export\s+|readonly\s+)?\w+=["']?(?:\$\w+\/|[\w/.-]*\/)?ip6?tables(?:-(?:legacy|nft))?["']?\s*(?:[;#].*)?$/u;
const PROGRAM_USED =
  /^\s*(?:sudo\s+|exec\s+)?"?\$\{?\w+\}?"?\s+(?:-w\s+|-t\s*\w+\s+)*(?:-[AINPFXDtw]\b|--(?:append|insert|policy|flush))/u;

const SCRIPT_LINES = [COMMAND_LINE, PROGRAM_SET, PROGRAM_USED];

/** True for a script. A save file may have a prompt or a log around it, and still is one. */
export function looksLikeScript(text: string): boolean {
  if (SHELLS.test(text)) return true;
  for (const line of text.split("\n")) {
    const trimmed = line.trimEnd();
    if (SAVE_LINE.test(trimmed)) return false;
    if (!trimmed.trimStart().startsWith("#") && SCRIPT_LINES.some((sign) => sign.test(trimmed))) return true;
  }
  return false;
}
