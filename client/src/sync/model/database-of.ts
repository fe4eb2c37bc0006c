const companion = /^(.+)(?:-wal|-shm|-journal)$/

/** The name of the database whose log or index a file is by its own. */
export function databaseOf(name: string): string | undefined {
  return companion.exec(name)?.[1]
}
