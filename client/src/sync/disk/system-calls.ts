import { DiskError } from '../model/failures.ts'

/**
 * What may have another number on another system but means the same to people; everything else keeps the name that the
 * system gives it (`ENOSPC`, `EACCES`, `EIO`, `EMFILE`, `ENAMETOOLONG`).
 */
const sameMeaning: Readonly<Record<string, string>> = {
  EDQUOT: 'ENOSPC',
  ENFILE: 'EMFILE',
  EPERM: 'EACCES',
}

export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

/** What is no failure of a system call passes through. */
export function toDiskError(error: unknown): unknown {
  const errno = errnoOf(error)
  if (error instanceof DiskError || errno === undefined || !/^E[A-Z0-9]+$/.test(errno)) return error
  const detail =
    error instanceof Error && 'syscall' in error ? String(error.syscall) : 'system call'
  return new DiskError(sameMeaning[errno] ?? errno, detail, error)
}

export async function diskCalls<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw toDiskError(error)
  }
}

/** `undefined` where there is no such file or folder. */
export async function unlessAbsent<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call
  } catch (error) {
    if (isAbsence(error)) return undefined
    throw error
  }
}

export function isAbsence(error: unknown): boolean {
  const errno = errnoOf(error)
  return errno === 'ENOENT' || errno === 'ENOTDIR'
}
