/** Does `work` for each item and for those that it adds, up to `concurrency` at a time. Throws what the first failure was. */
export async function growQueue<T>(
  first: readonly T[],
  concurrency: number,
  work: (item: T, add: (item: T) => void) => Promise<void>,
): Promise<void> {
  // A stack: what is deep is done first, so that little waits at a time.
  const waiting = first.toReversed()
  let running = 0
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const go = (): void => {
    if (waiting.length === 0 && running === 0) resolve()
    while (running < concurrency) {
      const item = waiting.pop()
      if (item === undefined) return
      running++
      work(item, (more) => waiting.push(more)).then(() => {
        running--
        go()
      }, reject)
    }
  }
  go()
  return promise
}
