import type { Platform } from './platforms.ts';

/** A file at the top of a bundle. */
export interface StartScript {
  readonly name: string;
  readonly text: string;
}

/** What a person starts: by a double click on Windows and macOS, by its name elsewhere. */
const starts = [
  { name: 'start', command: 'serve', does: 'Makes pictures for other programs' },
  {
    name: 'start-for-plugins',
    command: 'serve --allow-origin null',
    does: 'Makes pictures for other programs, and for plugins whose frame has no origin, such as Figma',
  },
  { name: 'studio', command: 'studio', does: 'Opens the page to pose people and make pictures in' },
] as const;

/** The start scripts of a platform. Each hands its own arguments on, and its stop signals reach Node itself. */
export function startScripts({ os }: Platform): readonly StartScript[] {
  return starts.map(({ name, command, does }) =>
    os === 'win32'
      ? { name: `${name}.cmd`, text: batch(command, does) }
      : { name: `${name}.${os === 'darwin' ? 'command' : 'sh'}`, text: shell(command, does) },
  );
}

/** Nothing but the shell itself is needed: no `dirname`, no program on PATH. */
function shell(command: string, does: string): string {
  return `#!/bin/sh
# ${does}. Stop it with Ctrl-C.
case $0 in */*) here=\${0%/*} ;; *) here=. ;; esac
here=$(CDPATH='' cd -- "$here" && pwd -P) || exit 1
exec "$here/node/node" "$here/app/node_modules/@stable-pose/cli/dist/main.js" ${command} "$@"
`;
}

/** A window that closes at once would take the message with it. */
function batch(command: string, does: string): string {
  const lines = [
    '@echo off',
    `rem ${does}. Stop it with Ctrl-C.`,
    'setlocal',
    'title Stable-Pose',
    `"%~dp0node\\node.exe" "%~dp0app\\node_modules\\@stable-pose\\cli\\dist\\main.js" ${command} %*`,
    'if errorlevel 1 pause',
  ];
  return `${lines.join('\r\n')}\r\n`;
}
