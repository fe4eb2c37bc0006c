/**
 * Puts `changed` (in any order) into `sorted`, by looking their places up: cheap when few have changed
 * among many.
 */
export function insertSorted<T>(
  sorted: readonly T[],
  changed: readonly T[],
  compare: (a: T, b: T) => number,
): T[] {
  const merged: T[] = []
  let from = 0
  for (const item of changed.toSorted(compare)) {
    const place = findPlace(sorted, item, compare, from)
    for (; from < place; from++) merged.push(sorted[from] as T)
    merged.push(item)
  }
  for (; from < sorted.length; from++) merged.push(sorted[from] as T)
  return merged
}

function findPlace<T>(
  sorted: readonly T[],
  item: T,
  compare: (a: T, b: T) => number,
  from: number,
): number {
  let [low, high] = [from, sorted.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compare(sorted[middle] as T, item) <= 0) low = middle + 1
    else high = middle
  }
  return low
}
