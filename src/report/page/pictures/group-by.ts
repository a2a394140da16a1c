/** Lists by key, in the order in which keys come first. */
export function groupBy<Item, Key>(
  items: readonly Item[],
  keyOf: (item: Item) => Key,
): ReadonlyMap<Key, readonly Item[]> {
  const found = new Map<Key, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const list = found.get(key);
    if (list === undefined) found.set(key, [item]);
    else list.push(item);
  }
  return found;
}
