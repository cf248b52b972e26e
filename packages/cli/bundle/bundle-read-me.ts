import { nodeVersion, type Platform } from './platforms.ts';

const needs = {
  linux: 'Linux with glibc 2.28 or newer (Debian 10, Ubuntu 20.04, Fedora 29 and later)',
  darwin: 'macOS 13.5 or newer on Apple silicon',
  win32: 'Windows 10 or newer',
};

const starting = {
  linux: 'Open a terminal in this folder and type ./start.sh',
  darwin: `Double-click start.command. macOS refuses programs that came over the internet and that nobody signed:
when it does, open a terminal in this folder, type  xattr -dr com.apple.quarantine .  and double-click again.`,
  win32: `Double-click start.cmd. When Windows says that it protected your PC: More info, Run anyway.
When it was unpacked into a very long path and a file is missing, unpack it nearer to C:\\`,
};

/** The page that people see first in a bundle. */
export function bundleReadMe(platform: Platform, version: string): string {
  const { os, name } = platform;
  const end = { linux: '.sh', darwin: '.command', win32: '.cmd' }[os];
  const data = {
    linux: '~/.local/share/stable-pose/server',
    darwin: '~/Library/Application Support/stable-pose/server',
    win32: '%LOCALAPPDATA%\\stable-pose\\server',
  }[os];
  const text = `Stable-Pose ${version}, server, ${name}
================================

A prompt and a drawn skeleton become a picture of people in exactly that pose, on this computer. Nothing needs to be
installed: Node.js ${nodeVersion} is inside, and a small model that makes pictures of 256 x 256 pixels.

Needs ${needs[os]}.

Start
-----
${starting[os]}

It says where it listens, and at its first start shows a token, once. Plugins and other programs ask for both.
Ctrl-C in its window stops it; what waits is kept for the next start.

start${end}               makes pictures for other programs on this computer
start-for-plugins${end}   the same, and for plugins whose frame has no origin, such as Figma's; the token is still needed
studio${end}              says where to open a page to pose people and make pictures in

From a terminal each takes more options: start${end} --help

What it keeps
-------------
Jobs, pictures and the token lie in ${data}
To forget it all, delete that folder. To remove the program, delete this one.

Other models
------------
start${end} --model v1-5-pruned-emaonly.safetensors --adapter stable_pose.ckpt

When something goes wrong
-------------------------
Every error says what to do. "The ports ... are all taken": it runs already, or another program has them; start it with
--port 18000, and give plugins that address.

Licences
--------
Apache-2.0. LICENCES.txt lists what else is inside, with its licences.
`;
  return os === 'win32' ? text.replaceAll('\n', '\r\n') : text;
}
