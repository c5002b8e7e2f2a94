import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Plugin } from 'vite'

const text = /\.(js|css|html|svg|json|txt)$/

/** gzipFiles puts NAME.gz beside each text file of the build, so that a node sends it compressed without compressing. */
export function gzipFiles(): Plugin {
  let out = ''
  return {
    name: 'beep:gzip',
    apply: 'build',
    configResolved: (config) => void (out = resolve(config.root, config.build.outDir)),
    async closeBundle() {
      for (const entry of await readdir(out, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile() || !text.test(entry.name)) continue
        const file = join(entry.parentPath, entry.name)
        await writeFile(file + '.gz', gzipSync(await readFile(file), { level: 9 }))
      }
    },
  }
}
