import { useEffect, useState, type ComponentType, type ReactNode } from 'react'

/**
 * A component whose code is fetched when it is first shown, or by `preload` before. It is drawn as soon
 * as its code is there: what follows a fallback of Suspense is held back until 300 ms after the last
 * fallback anywhere on the page, even when the code had come long before.
 */
export function lazyPart<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
  /** Stands in its place meanwhile. */
  fallback: ReactNode = null,
) {
  let loaded: ComponentType<Props> | undefined
  let loading: Promise<void> | undefined

  function fetchCode(): Promise<void> {
    loading ??= load().then(
      (component) => {
        loaded = component
      },
      (error: unknown) => {
        // The next time it is shown fetches it again.
        loading = undefined
        throw error
      },
    )
    return loading
  }

  function LazyPart(props: Props) {
    const [outcome, setOutcome] = useState<{ readonly failure?: unknown }>({})
    const Component = loaded
    const isDrawn = Component !== undefined
    useEffect(() => {
      // What was drawn counts, not what is there by now: the code may have come between the two.
      if (isDrawn) return
      void fetchCode().then(
        () => setOutcome({}),
        (failure: unknown) => setOutcome({ failure }),
      )
    }, [isDrawn])
    if (outcome.failure !== undefined) throw outcome.failure
    return Component ? <Component {...props} /> : fallback
  }
  LazyPart.preload = () => void fetchCode().catch(() => undefined)
  return LazyPart
}
