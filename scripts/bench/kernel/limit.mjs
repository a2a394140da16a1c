/**
 * What `--layout auto` promises, held against what was measured: no class of packets loses more than so much against the flat rules, and none is slower than in the article's layout.
 */

/** The most that a class may cost more than in the flat rules, in ns: what auto itself goes by. */
export const LIMIT = 600;
/** Two layouts that differ by less than this, in ns, or by a tenth, are as fast as each other: repeated runs differ as much. */
const NOISE = 50;

/** What auto made of a file, in words: one for each chain that has policy rules. */
export function describeForms(choices) {
  if (choices.length === 0) return "nothing to rewrite";
  if (choices.every(({ form }) => form === "flat")) return "flat kept";
  const forms = [...new Set(choices.map(({ form }) => form))];
  const chains = choices.map(({ chain, form }) => `${chain} ${form}`).join(", ");
  return `${forms.length > 1 ? "mixed" : forms[0]} (${chains})`;
}

/**
 * Of one measured chain on one backend, by the rows of flat, auto and article: each class with its numbers. Nothing is said of a row that is missing.
 */
export function compareClasses(rows) {
  const costsOf = (name) => rows.find((row) => row.name === name)?.costs ?? {};
  const [flat, auto, article] = ["flat", "auto", "article"].map(costsOf);
  return Object.keys(auto).map((name) => {
    const [now, before, other] = [auto[name].ns, flat[name].ns, article[name]?.ns ?? null];
    const slack = other === null ? 0 : Math.max(NOISE, other / 10);
    return {
      class: name,
      flat: before,
      auto: now,
      article: other,
      difference: now - before,
      isBroken: now - before > LIMIT,
      isBehindArticle: other !== null && now - other > slack,
    };
  });
}

/** Whether a chain has to be measured again before anything is said of it: the machine's speed differs by a third from minute to minute. */
export function isSuspect({ classes = [] }) {
  return classes.some(({ isBroken, isBehindArticle }) => isBroken || isBehindArticle);
}

/**
 * A chain that was measured twice. Of a class that broke a promise the second numbers are the ones that count, and it is broken if it was both times; the first stay beside them.
 */
export function confirm(first, again) {
  if (again.error) return first;
  const classes = first.classes.map((one) => {
    const two = again.classes.find((each) => each.class === one.class);
    if (two === undefined || !(one.isBroken || one.isBehindArticle)) return one;
    return {
      ...two,
      isBroken: one.isBroken && two.isBroken,
      isBehindArticle: one.isBehindArticle && two.isBehindArticle,
      first: { flat: one.flat, auto: one.auto, article: one.article, difference: one.difference },
    };
  });
  return { ...first, classes };
}

/**
 * The counts over all files. A file is `left` with a reason, or not measured since auto wrote no other rules than there were, or has what was measured.
 */
export function summarise(files) {
  const named = files.filter(({ left }) => left !== undefined).map(({ name, left }) => ({ name, why: left }));
  const read = files.filter(({ left }) => left === undefined);
  const isFlat = ({ choices }) => choices.length > 0 && choices.every(({ form }) => form === "flat");
  const changed = read.filter(({ choices }) => choices.some(({ form }) => form !== "flat"));
  const classes = changed.flatMap(({ name, measured }) =>
    measured.flatMap(({ chain, backend, isOwn, classes: all = [] }) =>
      all.map((each) => ({ name, chain, backend, isOwn, ...each })),
    ),
  );
  const unmeasured = changed.flatMap(({ name, measured }) =>
    measured.flatMap(({ chain, backend, error }) => (error ? [{ name, chain, backend, why: error }] : [])),
  );
  return {
    files: files.length,
    left: named,
    nothing: read.filter(({ choices }) => choices.length === 0).length,
    flat: read.filter(isFlat).length,
    changed: changed.length,
    partlyFlat: changed.filter(({ choices }) => choices.some(({ form }) => form === "flat")).length,
    measured: new Set(classes.map(({ name }) => name)).size,
    unmeasured,
    classes: classes.length,
    worst: classes.reduce(
      (most, each) => (most === null || each.difference > most.difference ? each : most),
      null,
    ),
    broken: classes.filter(({ isBroken }) => isBroken),
    behindArticle: classes.filter(({ isBehindArticle }) => isBehindArticle),
  };
}
