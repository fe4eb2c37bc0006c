import { useEffect, useState } from 'react'

/** True once `isOn` has stood for `delayMs`: what comes and goes at once must not flash. */
export function useDelayed(isOn: boolean, delayMs: number): boolean {
  const [hasWaited, setHasWaited] = useState(false)
  useEffect(() => {
    if (!isOn) return undefined
    const timer = setTimeout(() => setHasWaited(true), delayMs)
    return () => {
      clearTimeout(timer)
      setHasWaited(false)
    }
  }, [isOn, delayMs])
  return isOn && hasWaited
}
