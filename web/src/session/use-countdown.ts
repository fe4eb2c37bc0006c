import { useEffect, useState } from 'react'

/** Seconds left of `seconds`; begins anew when `start` is another object. */
export function useCountdown(seconds: number, start: object): number {
  const [until, setUntil] = useState({ start, at: Date.now() + seconds * 1000 })
  const [now, setNow] = useState(Date.now)
  if (until.start !== start) {
    setUntil({ start, at: Date.now() + seconds * 1000 })
    setNow(Date.now())
  }
  const left = Math.max(0, Math.ceil((until.at - now) / 1000))
  const isRunning = seconds > 0 && left > 0
  useEffect(() => {
    if (!isRunning) return undefined
    const timer = setInterval(() => setNow(Date.now()), 1000)
    return () => clearInterval(timer)
  }, [isRunning])
  return seconds > 0 ? left : 0
}
