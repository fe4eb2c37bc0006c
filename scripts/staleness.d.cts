interface LockedPackage {
  version?: string
  optional?: boolean
  devOptional?: boolean
  os?: string[]
  cpu?: string[]
  libc?: string[]
}
interface Lock {
  packages: Record<string, LockedPackage>
}
export function fingerprint(root: string, entries: string[], salt?: string): string
export function sourceFolders(root: string, workspace: string): string[]
export function findMismatch(
  lock: Lock,
  installed: Lock,
  machine: { platform: string; arch: string },
): string | undefined
