import { realpath } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { CommandError } from '../command-error.ts'
import { exitCodes } from '../exit-codes.ts'
import type { Link } from './links.ts'

/** The link that somebody means: by its folder or one in it, its title, the beginning of its id, or as the only one. */
export async function findLink(
  links: readonly Link[],
  asked: string | undefined,
  workingDir: string,
): Promise<Link> {
  if (links.length === 0)
    throw new CommandError(
      'No folder is linked yet; link one by: cloudsync link <dir> <space>',
      exitCodes.noLink,
    )
  if (asked === undefined) return findImplied(links, workingDir)
  const found =
    (await findLinkOfPath(links, resolve(workingDir, asked))) ??
    links.find(({ title }) => title === asked) ??
    findById(links, asked)
  if (!found)
    throw new CommandError(
      `“${asked}” is no linked folder; cloudsync links shows those that are`,
      exitCodes.noLink,
    )
  return found
}

async function findImplied(links: readonly Link[], workingDir: string): Promise<Link> {
  const around = await findLinkOfPath(links, workingDir)
  if (around) return around
  const [only, ...others] = links
  if (only && others.length === 0) return only
  throw new CommandError(
    'Several folders are linked: name one, or go into it (cloudsync links shows them)',
    exitCodes.usage,
  )
}

function findById(links: readonly Link[], start: string): Link | undefined {
  if (!/^[0-9a-f-]{4,36}$/.test(start)) return undefined
  const found = links.filter(({ id }) => id.startsWith(start))
  return found.length === 1 ? found[0] : undefined
}

/** The link in whose folder a path lies, or that it is. */
async function findLinkOfPath(links: readonly Link[], path: string): Promise<Link | undefined> {
  const spellings = await spellingsOf(path)
  return links.find((link) => spellings.some((one) => isInside(one, link.path)))
}

/** The path itself, and where links lead to: without that of its last name, which may be a link that is synced, and with it. */
async function spellingsOf(path: string): Promise<readonly string[]> {
  const real = await realPathOf(path)
  return [path, real, await realpath(path).catch(() => real)]
}

/** Where in a link a path points to; it need not be there. */
export async function findPlace(
  links: readonly Link[],
  asked: string,
  workingDir: string,
): Promise<{ readonly link: Link; readonly path: readonly string[] }> {
  const absolute = resolve(workingDir, asked)
  const link = await findLinkOfPath(links, absolute)
  if (!link)
    throw new CommandError(
      `“${asked}” lies in no linked folder; cloudsync links shows those that are`,
      exitCodes.noLink,
    )
  const spellings = await spellingsOf(absolute)
  const inside = spellings.find((one) => isInside(one, link.path)) ?? absolute
  const steps = relative(link.path, inside)
  return { link, path: steps === '' ? [] : steps.split(sep) }
}

export function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep)
}

/** With links followed as far as the path is there; its last name is taken as it stands. */
export async function realPathOf(path: string): Promise<string> {
  const parent = dirname(path)
  if (parent === path) return path
  try {
    return join(await realpath(parent), basename(path))
  } catch {
    return join(await realPathOf(parent), basename(path))
  }
}
