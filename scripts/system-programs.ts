/**
 * Programs that the tests drive and npm cannot bring. What is missing is installed where that is
 * a matter of course (root on Debian or Ubuntu); elsewhere the tests that need it are skipped.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'

export interface Program {
  name: string
  /** The environment variable in which the tests get its path; set beforehand, it is obeyed. */
  variable: string
  /** Commands on PATH, or absolute paths, of which the first that tells its version is taken. */
  candidates: readonly string[]
  /** How it is asked for that; default `--version`. */
  versionOption?: string
  debianPackages: readonly string[]
}

export const chromium: Program = {
  name: 'Chromium',
  variable: 'CHROMIUM_PATH',
  candidates: [
    'chromium',
    'chromium-browser',
    'google-chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  ],
  debianPackages: ['chromium'],
}

export const vim: Program = {
  name: 'Vim',
  variable: 'VIM_BIN',
  candidates: ['vim'],
  debianPackages: ['vim'],
}

export const redis: Program = {
  name: 'Redis',
  variable: 'REDIS_BIN',
  candidates: ['redis-server', 'valkey-server'],
  debianPackages: ['redis-server'],
}

export const nginx: Program = {
  name: 'nginx',
  variable: 'NGINX_BIN',
  // Debian keeps it where only root's PATH looks.
  candidates: ['nginx', '/usr/sbin/nginx'],
  versionOption: '-v',
  debianPackages: ['nginx'],
}

/** Its S3 gateway, and with it the rest. */
export const ceph: Program = {
  name: 'Ceph',
  variable: 'RADOSGW_BIN',
  candidates: ['radosgw'],
  debianPackages: ['ceph-mon', 'ceph-osd', 'radosgw', 'ceph-common'],
}

export const restic: Program = {
  name: 'restic',
  variable: 'RESTIC_BIN',
  candidates: ['restic'],
  versionOption: 'version',
  debianPackages: ['restic'],
}

export const rsync: Program = {
  name: 'rsync',
  variable: 'RSYNC_BIN',
  candidates: ['rsync'],
  debianPackages: ['rsync'],
}

export const borg: Program = {
  name: 'Borg',
  variable: 'BORG_BIN',
  candidates: ['borg'],
  debianPackages: ['borgbackup'],
}

export const casync: Program = {
  name: 'casync',
  variable: 'CASYNC_BIN',
  candidates: ['casync'],
  debianPackages: ['casync'],
}

export const zsync: Program = {
  name: 'zsync',
  variable: 'ZSYNC_BIN',
  candidates: ['zsync'],
  versionOption: '-V',
  debianPackages: ['zsync'],
}

export const zsyncmake: Program = {
  name: 'zsyncmake',
  variable: 'ZSYNCMAKE_BIN',
  candidates: ['zsyncmake'],
  versionOption: '-V',
  debianPackages: ['zsync'],
}

export const rclone: Program = {
  name: 'rclone',
  variable: 'RCLONE_BIN',
  candidates: ['rclone'],
  debianPackages: ['rclone'],
}

export const syncthing: Program = {
  name: 'Syncthing',
  variable: 'SYNCTHING_BIN',
  candidates: ['syncthing'],
  debianPackages: ['syncthing'],
}

export const unison: Program = {
  name: 'Unison',
  variable: 'UNISON_BIN',
  candidates: ['unison'],
  versionOption: '-version',
  debianPackages: ['unison'],
}

export const mke2fs: Program = {
  name: 'mke2fs',
  variable: 'MKE2FS_BIN',
  candidates: ['mke2fs', '/usr/sbin/mke2fs'],
  versionOption: '-V',
  debianPackages: ['e2fsprogs'],
}

export const debugfs: Program = {
  name: 'debugfs',
  variable: 'DEBUGFS_BIN',
  candidates: ['debugfs', '/usr/sbin/debugfs'],
  versionOption: '-V',
  debianPackages: ['e2fsprogs'],
}

/** A file system that ignores case, has no links and coarse times: FAT, where the kernel has it, or else exFAT by FUSE. */
export const mkfsVfat: Program = {
  name: 'mkfs.vfat',
  variable: 'MKFS_VFAT_BIN',
  candidates: ['mkfs.vfat', '/usr/sbin/mkfs.vfat'],
  versionOption: '--help',
  debianPackages: ['dosfstools'],
}

export const exfatFuse: Program = {
  name: 'mount.exfat-fuse',
  variable: 'EXFAT_FUSE_BIN',
  candidates: ['mount.exfat-fuse', '/usr/sbin/mount.exfat-fuse'],
  versionOption: '-V',
  debianPackages: ['exfat-fuse', 'exfatprogs'],
}

export interface FoundPrograms {
  environment: Record<string, string>
  /** One line for each program that is neither there nor could be installed. */
  missing: string[]
}

export function ensurePrograms(programs: readonly Program[]): FoundPrograms {
  const absent = programs.filter((program) => findProgram(program) === undefined)
  if (absent.length > 0 && mayInstall()) {
    withoutServices(() => install(absent.flatMap((program) => program.debianPackages)))
  }
  const found: FoundPrograms = { environment: {}, missing: [] }
  for (const program of programs) {
    const path = findProgram(program)
    if (path === undefined) {
      found.missing.push(
        `what needs ${program.name} (not found; its path can be in ${program.variable})`,
      )
    } else {
      found.environment[program.variable] = path
    }
  }
  return found
}

function findProgram(program: Program): string | undefined {
  const { variable, candidates, versionOption = '--version' } = program
  const given = process.env[variable]
  const paths = given ? [given] : candidates.flatMap(pathsOf)
  // Ubuntu's chromium-browser may be a script that only says where to get one.
  return paths.find(
    (path) =>
      existsSync(path) && spawnSync(path, [versionOption], { stdio: 'ignore' }).status === 0,
  )
}

function pathsOf(command: string): string[] {
  if (isAbsolute(command)) return [command]
  return (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, command))
}

function mayInstall(): boolean {
  return process.getuid?.() === 0 && existsSync('/etc/debian_version')
}

/** Packages start the services that they bring; ours run when they are needed, on ports of their own. */
function withoutServices(work: () => void): void {
  const policyFile = '/usr/sbin/policy-rc.d'
  if (existsSync(policyFile)) {
    work()
    return
  }
  writeFileSync(policyFile, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    work()
  } finally {
    rmSync(policyFile)
  }
}

function install(packages: string[]): void {
  console.log(`Installing ${packages.join(' and ')} with apt-get …`)
  const quiet = ['-qq', '-o', 'DPkg::Lock::Timeout=300']
  const commands = [
    ['update', ...quiet],
    ['install', ...quiet, '-y', '--no-install-recommends', ...packages],
  ]
  for (const command of commands) {
    const result = spawnSync('apt-get', command, {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    if (result.status !== 0) {
      console.error(`apt-get ${command[0]} failed:\n${result.stdout}${result.stderr}`)
      return
    }
  }
}
