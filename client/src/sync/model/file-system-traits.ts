/** What the file system of the linked folder is like, as far as it matters. */
export interface FileSystemTraits {
  readonly isCaseInsensitive: boolean
  /** It gives back another form of Unicode than it was given (HFS+). */
  readonly isNormalizing: boolean
  /** Two changes within this time may leave the same times: 2,000 on FAT. */
  readonly timeGranularityMs: number
  readonly hasHardLinks: boolean
  /** It keeps which files are executable. Not FAT, nor Windows. */
  readonly hasModes: boolean
  readonly hasSymlinks: boolean
  /** A device, inode and birth time name one file for as long as it lives. Not on FAT and most of FUSE. */
  readonly hasStableInodes: boolean
  readonly maxNameBytes: number
}
