/**
 * What no one means to sync, in the syntax of gitignore(5): what programs write while they work, and what systems leave
 * in folders.
 *
 * `.git` is among it: its files only make sense together, and two devices that take over each other's one by one leave a
 * repository that neither can read. Who wants it all the same writes `!.git/` into `.cloudsyncignore`.
 */
export const builtInRules: readonly string[] = [
  '.cloudsync/',
  '.git/',
  // Editors and office programs.
  '~$*',
  '.~lock.*#',
  '.~lock*',
  '*.swp',
  '*.swo',
  '*.swx',
  '.#*',
  '\\#*#',
  '*~',
  '.goutputstream-*',
  '*.sb-????????-??????',
  '.nfs*',
  '.fuse_hidden*',
  // Downloads that are not complete.
  '*.part',
  '*.partial',
  '*.crdownload',
  '*.download/',
  // Systems.
  '.DS_Store',
  '._*',
  '.Spotlight-V100/',
  '.Trashes/',
  '.Trash-*/',
  '.fseventsd/',
  '.TemporaryItems/',
  'Thumbs.db',
  'ehthumbs.db',
  'desktop.ini',
  '$RECYCLE.BIN/',
  'System Volume Information/',
  '.directory',
  'lost+found/',
]
