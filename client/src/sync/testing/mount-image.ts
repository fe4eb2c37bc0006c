import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface MountedDisk extends AsyncDisposable {
  readonly directory: string
}

export type Mounted = MountedDisk | { readonly skip: string }

/** A small disk of the kind of FAT: by the kernel where it knows vfat, otherwise exFAT by FUSE. Only root may mount it. */
export async function mountFat(): Promise<Mounted> {
  const vfat = process.env['MKFS_VFAT_BIN'] ?? 'mkfs.vfat'
  const exfatFuse = process.env['EXFAT_FUSE_BIN'] ?? 'mount.exfat-fuse'
  const isVfat = /\bvfat\b/.test(await readFile('/proc/filesystems', 'utf8').catch(() => ''))
  const mountOptions = ['-t', 'vfat', '-o', 'utf8,shortname=mixed']
  return isVfat
    ? mountImage(
        (image) => run(vfat, [image]),
        (device, at) => run('mount', [...mountOptions, device, at]),
      )
    : mountImage(
        (image) => run('mkfs.exfat', [image]),
        (device, at) => run(exfatFuse, [device, at]),
      )
}

/** So many KiB that are full soon, by default in a place of their own. */
export async function mountTmpfs(sizeKiB: number, place?: string): Promise<Mounted> {
  const mount = (at: string) => run('mount', ['-t', 'tmpfs', '-o', `size=${sizeKiB}k`, 'tmpfs', at])
  if (place === undefined) return mountImage(undefined, (_device, at) => mount(at))
  if (!canMount()) return { skip: onlyRoot }
  try {
    await mount(place)
  } catch (error) {
    return { skip: String(error) }
  }
  return {
    directory: place,
    [Symbol.asyncDispose]: () => unmount(place),
  }
}

async function unmount(directory: string): Promise<void> {
  // What was open in this turn of the event loop is closed at its end (`FolderAccess`).
  await setImmediate()
  await run('umount', [directory])
}

const onlyRoot = 'only root of a Linux can mount a file system'

function canMount(): boolean {
  return process.platform === 'linux' && process.geteuid?.() === 0
}

async function mountImage(
  format: ((image: string) => Promise<unknown>) | undefined,
  mount: (device: string, directory: string) => Promise<unknown>,
): Promise<Mounted> {
  if (!canMount()) return { skip: onlyRoot }
  const stack = new AsyncDisposableStack()
  try {
    const folder = await mkdtemp(join(tmpdir(), 'cloudsync-mount-'))
    stack.defer(() => rm(folder, { recursive: true }))
    const [image, directory] = [join(folder, 'image'), join(folder, 'disk')]
    await mkdir(directory)
    const device = format ? await attach(image, format, stack) : ''
    await mount(device, directory)
    stack.defer(() => unmount(directory))
    return { directory, [Symbol.asyncDispose]: () => stack.disposeAsync() }
  } catch (error) {
    await stack.disposeAsync()
    return { skip: `no such file system can be mounted here: ${String(error)}` }
  }
}

async function attach(
  image: string,
  format: (image: string) => Promise<unknown>,
  stack: AsyncDisposableStack,
): Promise<string> {
  await writeFile(image, '')
  await truncate(image, 32 * 1024 * 1024)
  await format(image)
  const { stdout } = await run('losetup', ['-f', '--show', image])
  const device = stdout.trim()
  stack.defer(async () => void (await run('losetup', ['-d', device])))
  return device
}
