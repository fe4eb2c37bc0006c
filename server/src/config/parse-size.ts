import type { z } from 'zod'

const units: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KIB: 1024,
  MIB: 1024 ** 2,
  GIB: 1024 ** 3,
  TIB: 1024 ** 4,
}

/** A number of bytes, such as `500000`, `1.5 TB` or `10GiB`. */
export function parseSize(setting: string, context: z.RefinementCtx): number {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?) ?([KMGT]?i?B?)$/i.exec(setting.trim()) ?? []
  const factor = units[unit.toUpperCase()]
  const bytes = Math.round(Number(number) * (factor ?? Number.NaN))
  if (number !== '' && Number.isSafeInteger(bytes)) return bytes
  context.addIssue({ code: 'custom', message: 'must be a size, such as 500MB or 10GB' })
  return 0
}
